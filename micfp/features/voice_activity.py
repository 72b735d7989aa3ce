"""Frames without speech, by WebRTC's voice activity detector.

Zeng, Zhao and Wang 2024, II-A: "Hanilci et al. utilized Voice Activity Detection (VAD) to detect
speech segment endpoints, extracting MFCC from non-speech segments." The detector asks of every
10 ms whether they are speech (energies of six bands below 4 kHz against two Gaussian mixtures,
which follow speech and noise); what lies between two ends of speech is free of it, and a frame
counts where all of it does.

The segment is given to the detector at 16 kHz and with the same peak, so that its gain decides
nothing. "Isolating sufficiently long silent segments for feature extraction poses a challenge in
practical applications" (II-A): where no whole frame is free of speech the quietest one counts.
"""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Float32, Segment

_RATE_HZ = 16000
_STEP_S = 0.01
_PEAK = 0.5
_FULL_SCALE = 32767
# Whole steps at every rate; a long segment at 16 kHz would not fit in memory.
_PIECE_S = 10
# One step of 24 bits, -138 dBFS. Below it is a gap, or silence put in by software, in which no
# microphone is to be heard.
_SILENT_RMS = 2.0**-23


class SpeechFreeSettings(FrameSettings):
    """Which frames are free of speech."""

    vad_mode: int = Field(
        3, ge=0, le=3, description="of WebRTC's detector: 3 takes least for speech, 0 most"
    )


def speech(samples: Float32, sample_rate_hz: int, mode: int) -> NDArray[np.bool_]:
    """Whether the detector hears speech in every 10 ms, bool (ceil(duration / 10 ms),).

    `samples` (n,), n at least 1, of which the last 10 ms are continued by zeros; `mode` 0 to 3, of
    which 3 takes least for speech.
    """
    import webrtcvad

    detector = webrtcvad.Vad(mode)
    loudest = max(float(samples.max()), -float(samples.min())) or 1.0
    scale = np.float32(_PEAK * _FULL_SCALE / loudest)
    piece = _PIECE_S * sample_rate_hz
    return np.array(
        [
            detector.is_speech(step.tobytes(), _RATE_HZ)
            for start in range(0, len(samples), piece)
            for step in _steps(scale * samples[start : start + piece], sample_rate_hz)
        ]
    )


def _steps(samples: Float32, sample_rate_hz: int) -> NDArray[np.int16]:
    """Steps of 10 ms at the detector's rate, (steps, 160)."""
    from micfp.audio import resample

    at_rate = np.round(resample(samples, sample_rate_hz, _RATE_HZ))
    length = round(_STEP_S * _RATE_HZ)
    steps = np.zeros((-(-len(at_rate) // length), length), "<i2")
    steps.ravel()[: len(at_rate)] = at_rate
    return steps


def speech_free(segment: Segment, frames: Float32, hop_samples: int, mode: int) -> NDArray[np.intp]:
    """Numbers of the frames of a segment that are wholly free of speech, ascending.

    frames: (frames, n), of which each begins `hop_samples` after the one before it. Digitally
    silent ones do not count; of the others the quietest counts where each has speech in it. None
    where all are digitally silent.
    """
    energy = np.vecdot(frames, frames)
    heard = np.flatnonzero(energy > frames.shape[1] * _SILENT_RMS**2)
    if len(heard) == 0:
        return heard
    spoken = speech(segment.samples, segment.sample_rate_hz, mode)
    before = np.concatenate([[0], np.cumsum(spoken)])  # steps with speech before each step
    step = _STEP_S * segment.sample_rate_hz
    starts = heard * hop_samples
    first = np.floor(starts / step).astype(int)
    stop = np.minimum(np.ceil((starts + frames.shape[1]) / step).astype(int), len(spoken))
    free = heard[before[stop] == before[np.minimum(first, len(spoken))]]
    return free if len(free) else heard[[energy[heard].argmin()]]
