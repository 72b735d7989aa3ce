"""Whether a voice is like those that the fingerprint learned, or like one that a program made.

A synthesizer of formants (espeak-ng) draws smooth spectra: levels of neighbouring bands rise and
fall together, and move on evenly. That shows in differences of levels over time, of which no
device has a part. A logistic regression of them, fitted by `benchmarks/synthetic_fit.py`.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from micfp.fingerprint.embedding.content import N_GROUPS, frame_shapes
from micfp.fingerprint.embedding.fingerprint import range_of
from micfp.fingerprint.embedding.spectra import Spectra

SHIPPED = Path(__file__).with_name("default.voice.json")
FEWEST_FRAMES = 12
"""Active ones, 0.4 s: of fewer, no statistics."""
N_MEASURES = 3 * N_GROUPS - 3
LEAST_SD_DB = 1e-3

Array = NDArray[np.float64]
Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Point = tuple[Positive, Number]


class VoiceWeights(BaseModel):
    """The fitted numbers, as they are kept in a file.

    Attributes
    ----------
    made_of
        What it was fitted to, in words.
    centre, spread, weights
        (N_MEASURES,), by which measures are standardised and then weighed.
    offset
        Added to their sum.
    refused, careful
        Points (active seconds, log odds), the former rising: above which nothing is concluded, and
        above which it is said that a program may have made the voice. The less is heard, the more
        real voices differ.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    made_of: Annotated[str, Field(max_length=500)]
    centre: tuple[Number, ...] = Field(min_length=N_MEASURES, max_length=N_MEASURES)
    spread: tuple[Positive, ...] = Field(min_length=N_MEASURES, max_length=N_MEASURES)
    weights: tuple[Number, ...] = Field(min_length=N_MEASURES, max_length=N_MEASURES)
    offset: Number
    refused: tuple[Point, ...] = Field(min_length=1)
    careful: tuple[Point, ...] = Field(min_length=1)

    def log_odds(self, measured: Array) -> float:
        """Natural log odds that a program made the voice, of `voice_measures` (N_MEASURES,)."""
        standard = (measured - np.array(self.centre)) / np.array(self.spread)
        return float(standard @ np.array(self.weights) + self.offset)


@cache
def shipped_weights() -> VoiceWeights:
    """What comes with the program."""
    return VoiceWeights.model_validate_json(SHIPPED.read_bytes())


def voice_measures(spectra: Spectra) -> Array | None:
    """How levels in groups of bands go together, (N_MEASURES,); None of too little sound.

    Of active frames and of the groups from 150 to 3500 Hz (`frame_shapes`), each less its mean
    over time: log of the sd of second differences over the groups (18) and of differences from
    frame to frame (20), both over the sd of all; and the correlation of each with the next (19).
    """
    sounding, levels_db = spectra.sounding()
    if len(levels_db) == 0:
        return None
    active = range_of(spectra).active(levels_db)
    shapes, there = frame_shapes(sounding.level_db, sounding.present)
    steps = np.diff(shapes, axis=0)[active[1:] & active[:-1]].astype(np.float64)
    heard = shapes[active].astype(np.float64)
    if len(heard) < FEWEST_FRAMES or len(steps) < FEWEST_FRAMES or not there.all():
        return None
    heard -= heard.mean(axis=0)
    sd_db = np.maximum(heard.std(axis=0), LEAST_SD_DB)
    overall_db = float(np.sqrt(np.mean(sd_db**2)))
    roughness_db = np.maximum(np.diff(heard, 2, axis=1).std(axis=0), LEAST_SD_DB)
    speed_db = np.maximum(steps.std(axis=0), LEAST_SD_DB)
    together = (heard[:, 1:] * heard[:, :-1]).mean(axis=0) / (sd_db[1:] * sd_db[:-1])
    return np.concatenate(
        [np.log(roughness_db / overall_db), np.log(speed_db / overall_db), together]
    )


def synthetic_log_odds(spectra: Spectra) -> float:
    """Natural log odds that a program made the voice; 0 where too little is heard."""
    measured = voice_measures(spectra)
    return 0.0 if measured is None else shipped_weights().log_odds(measured)


def voice_refusal(log_odds: float, active_s: float) -> str | None:
    """Say in a sentence why no answer is given; None where the voice may be real.

    Parameters
    ----------
    log_odds
        As of `synthetic_log_odds`.
    active_s
        Seconds in which something is heard.
    """
    most = _at(shipped_weights().refused, active_s)
    if log_odds <= most:
        return None
    return (
        f"a voice that a program made, by its spectra (log odds {log_odds:.1f}; of real voices "
        f"hardly any has {most:.1f}): voices of one program would be taken for one device"
    )


def voice_warning(log_odds: float, active_s: float) -> str | None:
    """Say that a program may have made the voice; None where nothing points to it."""
    if log_odds <= _at(shipped_weights().careful, active_s):
        return None
    return (
        "a program may have made the voice: devices are told apart by real voices, and voices of "
        "one program may be taken for one device"
    )


def _at(points: Sequence[Point], active_s: float) -> float:
    """What holds for so many seconds, between points along the logarithm of the seconds."""
    seconds, log_odds = np.array(points).T
    return float(np.interp(np.log(max(active_s, 1e-3)), np.log(seconds), log_odds))
