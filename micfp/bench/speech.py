"""Spoken sentences from espeak-ng.

The synthesizer keeps hidden state from one utterance to the next, so each request runs in a new
process, where the same request gives the same samples whatever was spoken before:
`python -m micfp.bench.speech` reads the request on stdin and writes the samples on stdout.
"""

import ctypes
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.errors import MicfpError
from micfp.extras import extras_named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.config.bench import StimuliConfig

# Constants of espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_UTF8 = 1
_RATE = 1


@cache
def sentences() -> tuple[str, ...]:
    """The sentences of the parameters' sessions, all different."""
    return _lines("sentences.txt")


@cache
def more_sentences() -> tuple[str, ...]:
    """Those of days that are not in the parameters: none of them is in `sentences`.

    In a list of their own: one more in the other would change what every content says.
    """
    return _lines("more_sentences.txt")


def _lines(name: str) -> tuple[str, ...]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line)


def speak(
    utterances: Sequence[tuple[str, str]], words_per_minute: int
) -> tuple[list["NDArray[np.float32]"], int]:
    """Speak (voice, text) pairs; return samples (n,) in -1..1 of each pair, and their rate in Hz.

    Raises
    ------
    MicfpError
        espeak-ng does not know a voice or cannot be loaded.
    """
    import numpy as np

    request = {"words_per_minute": words_per_minute, "utterances": list(utterances)}
    done = subprocess.run(
        [sys.executable, "-m", "micfp.bench.speech"],
        input=json.dumps(request).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        errors = done.stderr.decode(errors="replace").strip().splitlines()
        raise MicfpError(f"espeak-ng did not speak: {errors[-1] if errors else done.returncode}")
    head, _, body = done.stdout.partition(b"\n")
    header = json.loads(head)
    samples = np.frombuffer(body, dtype=np.int16).astype(np.float32) / np.float32(32768)
    pieces = np.split(samples, np.cumsum(header["lengths"])[:-1])
    return pieces, int(header["sample_rate_hz"])


def utterances(
    settings: "StimuliConfig", texts: Sequence[str], rng: "np.random.Generator"
) -> Iterator[tuple[str, str]]:
    """Who says what, without end: (voice, text), a voice for each paragraph.

    Texts and paragraphs' voices go round, each in an order that is drawn: the same voice says the
    same text again after the least common multiple of the number of texts and that of the phrases
    of all voices.
    """
    order = rng.permutation(len(texts))
    voices = rng.permutation(len(settings.voices))
    for number in itertools.count():
        paragraph = number // settings.phrases_per_paragraph
        yield settings.voices[voices[paragraph % len(voices)]], texts[order[number % len(texts)]]


def _synthesize(request: dict[str, Any]) -> tuple[list[bytes], int]:
    """Speak in this process; 16-bit samples of each utterance, and their rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_Initialize.argtypes = (
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
    )
    library.espeak_SetVoiceByName.argtypes = (ctypes.c_char_p,)
    library.espeak_ng_SetRandSeed.argtypes = (ctypes.c_long,)
    library.espeak_Synth.argtypes = (
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    )
    data_path = str(espeakng_loader.get_data_path()).encode()
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, data_path, 0)
    if rate_hz <= 0:
        raise MicfpError(f"its data cannot be read at {data_path.decode()}")

    spoken: list[bytes] = []
    callback_type = ctypes.CFUNCTYPE(
        ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
    )

    def collect(samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            spoken.append(ctypes.string_at(samples, 2 * count))
        return 0

    callback = callback_type(collect)
    library.espeak_SetSynthCallback(callback)
    library.espeak_ng_SetRandSeed(1)
    utterances = []
    for voice, text in request["utterances"]:
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise MicfpError(f"it has no voice {voice!r}; mend bench.stimuli.voices")
        library.espeak_SetParameter(_RATE, request["words_per_minute"], 0)
        spoken.clear()
        encoded = text.encode() + b"\0"
        library.espeak_Synth(encoded, len(encoded), 0, 1, 0, _UTF8, None, None)
        utterances.append(b"".join(spoken))
    return utterances, rate_hz


def _serve() -> Iterator[bytes]:
    utterances, rate_hz = _synthesize(json.load(sys.stdin))
    lengths = [len(utterance) // 2 for utterance in utterances]
    yield json.dumps({"sample_rate_hz": rate_hz, "lengths": lengths}).encode() + b"\n"
    yield from utterances


if __name__ == "__main__":
    try:
        with extras_named():
            for piece in _serve():
                sys.stdout.buffer.write(piece)
    except (MicfpError, OSError) as error:
        sys.exit(str(error))
