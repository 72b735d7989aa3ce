"""Puts one file through what micfp does with recordings, and compares the answers."""

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from micfp import audio
from micfp.config.audio import CheckConfig
from micfp.errors import MicfpError
from micfp.fingerprint.identify import identify
from micfp.fingerprint.listening import LOSSLESS
from micfp.fingerprint.model import Model
from micfp.recordings.quality.measuring import Quality, measure

MOST_SAMPLES = 4_000_000  # of all channels: of longer files a piece of the beginning is read
LOSSY_STEP = 2e-3
LONGEST_SENTENCE = 600
CHECK = CheckConfig()
PACKAGE = Path(audio.__file__).parents[1]


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    kind
        `answer`, `sentence`, `exception`, `inconsistency`, `signal`, `hang` or `memory`.
    step
        Which step it became so in; empty for an answer.
    detail
        The sentence, the last lines of the traceback, the contradiction, or the signal.
    """

    kind: str
    step: str = ""
    detail: str = ""


class InconsistencyError(Exception):
    """Two answers about one file contradict each other."""


def examine(path: Path, model: Model, begin: Callable[[str], Any]) -> Outcome:
    """Probe, read, measure and identify one file.

    begin: is told each step before it begins.
    """
    step, outcome = "probe", Outcome("answer")
    try:
        begin(step)
        info = audio.probe(path)
        for step, act in _STEPS.items():
            begin(step)
            try:
                act(path, info, model)
            except MicfpError as error:
                outcome = _refused(step, path, error)
                if outcome.kind != "sentence":
                    return outcome
    except MicfpError as error:
        return _refused(step, path, error)
    except InconsistencyError as error:
        return Outcome("inconsistency", step, str(error))
    except Exception as error:
        kind = "memory" if isinstance(error, MemoryError) else "exception"
        return Outcome(kind, step, _place_of(error))
    return outcome


def _refused(step: str, path: Path, error: MicfpError) -> Outcome:
    """A sentence, unless it is none, or hides that memory was asked for without a limit."""
    sentence, cause = str(error), error.__cause__
    if isinstance(cause, MemoryError) and type(cause).__module__ != "av.error":
        return Outcome("memory", step, _place_of(cause))
    good = sentence.startswith(str(path)) and sentence.isprintable()
    if not good or len(sentence) > LONGEST_SENTENCE:
        return Outcome("inconsistency", step, f"no sentence with the file: {sentence!r}")
    return Outcome("sentence", step, sentence.replace(str(path), "FILE"))


def _place_of(error: BaseException) -> str:
    """Type, message, and the last line of micfp in the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    last = (ours or list(frames))[-1]
    where = f"{Path(last.filename).name}:{last.lineno}, in {last.name}: {last.line}"
    return f"{type(error).__name__}: {error} ({where})"


# --- steps ----------------------------------------------------------------------------------------


def _read(path: Path, info: audio.AudioInfo, model: Model) -> None:
    """A whole read, reads of ranges, blocks and integers tell of the same samples."""
    n = info.n_samples
    _agree(n > 0 and info.n_channels > 0, f"{n} samples of {info.n_channels} channels")
    if n * info.n_channels > MOST_SAMPLES:
        n_read = min(n, MOST_SAMPLES // info.n_channels // 4)
        samples, _ = audio.read(path, 0, n_read)
        _agree(len(samples) == n_read, f"n_samples {n}, and of {n_read} {len(samples)} are read")
        return
    whole, rate_hz = audio.read(path)
    _agree(len(whole) == n, f"n_samples {n}, and {len(whole)} are read")
    _agree(rate_hz == info.sample_rate_hz, f"rate {info.sample_rate_hz}, and {rate_hz} is read")
    lossless = info.codec.startswith(LOSSLESS)
    finite = whole[np.isfinite(whole)]
    step = 0.0 if lossless else LOSSY_STEP * max(1.0, float(np.abs(finite).max(initial=0)))
    start, stop = n // 3, min(n, n // 3 + 4_000)
    part, _ = audio.read(path, start, stop)
    _same(part, whole[start:stop], step, f"read {start} to {stop} of {n}")
    ranges = [(n // 4, n // 2), (n - min(n, 1_000), n)]
    for (start, stop), part in zip(ranges, audio.read_ranges(path, ranges), strict=True):
        _same(part, whole[start:stop], step, f"read_ranges {start} to {stop} of {n}")
    integers = np.concatenate(list(audio.pcm_blocks(path, 4_096)))
    scale = audio.full_scale(info)
    expected = np.clip(np.nan_to_num(whole), -1, 1)
    _same(integers / scale, expected, 1.5 / min(scale, 32_768), f"pcm_blocks of {n}")


def _measure(path: Path, info: audio.AudioInfo, model: Model) -> None:
    quality: Quality = measure(path, CHECK)
    for name in ("n_samples", "sample_rate_hz", "n_channels", "codec", "truncated"):
        measured, probed = getattr(quality, name), getattr(info, name)
        _agree(measured == probed, f"{name}: probe {probed}, measure {measured}")


def _identify(path: Path, info: audio.AudioInfo, model: Model) -> None:
    answer = identify(path, model)
    _agree(answer.device is not None and answer.segments > 0, "identified without a segment")
    _agree(bool(np.isfinite([c.log_score for c in answer.ranking]).any()), "no score is a number")


_STEPS = {"read": _read, "measure": _measure, "identify": _identify}


def _agree(good: bool, contradiction: str) -> None:
    if not good:
        raise InconsistencyError(contradiction)


def _same(part: Any, expected: Any, step: float, what: str) -> None:
    """Compare samples: NaN and infinity are equal to themselves."""
    _agree(len(part) == len(expected), f"{what}: {len(part)} samples, not {len(expected)}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # overflow of what a header made of the samples
        close = np.isclose(part, expected, rtol=0, atol=step, equal_nan=True)
    if not close.all():
        first, n_other = int(np.argmin(close)), int(np.count_nonzero(~close))
        raise InconsistencyError(
            f"{what}: {n_other} samples differ, the first at {first}: {part[first]} is not "
            f"{expected[first]}"
        )
