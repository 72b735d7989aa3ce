"""Audio files of any codec that FFmpeg writes, for tests."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np


def encode(path: Path, samples: Any, codec: str, rate: int, container: str, **options: Any) -> None:
    """Encode (n, channels) with FFmpeg."""
    import av

    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    kept = {"options": options["muxer"]} if "muxer" in options else {}
    with av.open(str(path), "w", format=container, **kept) as output:
        if options.get("video"):
            picture = output.add_stream("mpeg4", rate=10)
            picture.width = picture.height = 32
        stream = output.add_stream(codec, rate=rate)
        stream.layout = layout
        if "form" in options:
            stream.format = options["form"]
        if codec == "libopencore_amrnb":
            stream.bit_rate = 12_200
        if "bit_s" in options:
            stream.bit_rate = options["bit_s"]
        if options.get("vbr"):
            stream.codec_context.qscale = True
            stream.codec_context.global_quality = 118 * 4
        if options.get("video"):
            for _ in range(5):
                frame = av.VideoFrame.from_ndarray(np.zeros((48, 32), np.uint8), "yuv420p")
                output.mux(picture.encode(frame))
            output.mux(picture.encode(None))
        fitting = av.AudioResampler(stream.codec_context.format, layout, rate)
        for start in range(0, len(samples), 4096):
            part = np.ascontiguousarray(samples[start : start + 4096].reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(part, "flt", layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            for fit in fitting.resample(frame):
                output.mux(stream.encode(fit))
        for fit in fitting.resample(None):
            output.mux(stream.encode(fit))
        output.mux(stream.encode(None))
