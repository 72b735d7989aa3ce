"""Synthetic voices against real speech, by the same virtual phones, in the same rooms.

    python benchmarks/synthetic.py [--speech data/speech]

60 virtual phones that no training had, in two sessions each, play LibriSpeech of speakers that
judge and voices of espeak-ng. In three turns 20 of them are enrolled by three recordings of one
session, and all 60 are asked about: 20 of their own and 40 strangers. Speakers of a phone differ
from recording to recording. Writes `results/synthetic.csv`, a row for each way to enrol and to ask.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from micfp.bench.population import render, takes
from micfp.config.population import PopulationConfig
from micfp.evidence.measures import measures
from micfp.fingerprint.quality import unlike_what_was_validated
from micfp.fingerprint.voice import voice_warning
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.identify import Identification, answered
from micfp.fingerprint.weighed.listening import Heard, listen_to_samples
from micfp.fingerprint.weighed.weighing import Weighing, load_weighing
from micfp.progress import progress

SEED = 17
NAME, PART = "synthetic judge", (1, 2)
N_DEVICES, N_ENROLLED, TURNS = 60, 20, 3
SESSIONS, SPEAKERS, TAKE_S = 2, 4, 10.0
ASKED = SPEAKERS - 1
"""The slot that is asked about; those before it are enrolled."""
KINDS = ("real", "synthetic")
SURELY_REAL = -100.0
"""Log odds that a program made a voice."""
SETTINGS = {"same": 0, "other": 1, "any": 1}
"""What is said of the sitting, and the session that is asked about; session 0 is enrolled."""

Array = NDArray[np.float64]
Place = tuple[str, int, int, int]
"""Kind of voice, device, session, slot."""


@dataclass(frozen=True)
class Asked:
    """What became of a question.

    Attributes
    ----------
    device
        Whose recording it is.
    enrolled
        Numbers of the devices that were compared.
    log10_lr
        (n_enrolled,), before bounding; NaN where nothing compares.
    answer
        As `micfp identify` gives it.
    """

    device: int
    enrolled: tuple[int, ...]
    log10_lr: Array
    answer: Identification


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speech", type=Path, default=Path("data/speech"))
    given = parser.parse_args()
    weighings = {sitting: load_weighing(sitting) for sitting in SETTINGS}
    heard = listen(given.speech, weighings["any"])
    rows = []
    for refusal, some in (("none of voices", without_refusal(heard)), ("of voices", heard)):
        for enrolled in KINDS:
            for asked in KINDS:
                for sitting, weighing in weighings.items():
                    questions = list(ask(some, enrolled, asked, sitting, weighing))
                    row = {"refusal": refusal, "enrolled": enrolled, "asked": asked}
                    rows.append(row | {"sitting": sitting} | figures(questions))
    print_refused(heard)
    table = pd.DataFrame(rows)
    Path("results").mkdir(exist_ok=True)
    table.to_csv("results/synthetic.csv", index=False)
    print(table.round(3).to_string(index=False))


def population(
    kind: str, speech: Path, name: str = NAME, **differences: object
) -> PopulationConfig:
    """Phones of one name are the same, whoever speaks; voices and speakers are of one part."""
    settings = {
        "n_devices": N_DEVICES,
        "sessions": SESSIONS,
        "speakers": SPEAKERS,
        "sessions_with_same_speakers": 1,
        "take_s": TAKE_S,
        "speaker_part": PART,
        "speech_from": speech if kind == "real" else None,
    }
    return PopulationConfig.model_validate({"name": name} | settings | differences)


def listen(speech: Path, weighing: Weighing) -> dict[Place, Heard]:
    """Every recording, as `micfp identify` listens to it."""
    found = {}
    for kind in KINDS:
        config = population(kind, speech)
        chosen = takes(config, SEED)
        sounds = progress(render(config, SEED, chosen), len(chosen), f"listening, {kind}")
        for take, (samples, rate_hz) in zip(chosen, sounds, strict=True):
            place = (kind, take.device, take.session, take.slot)
            pitch = take.session == 0 and take.slot == ASKED
            found[place] = listen_to_samples(
                samples, rate_hz, weighing.loaded.model, str(place), pitch=pitch
            )
    return found


def without_refusal(heard: dict[Place, Heard]) -> dict[Place, Heard]:
    """As if no voice were known for being synthetic."""
    found = {}
    for place, one in heard.items():
        refused = one.refused if unlike_what_was_validated(one.quality) is not None else None
        real = replace(one.quality, synthetic=SURELY_REAL)
        found[place] = replace(one, refused=refused, quality=real)
    return found


def print_refused(heard: dict[Place, Heard]) -> None:
    """Of recordings that are inside otherwise: how many are refused, or answered with a warning."""
    for kind in KINDS:
        inside = [
            one
            for (of, *_), one in heard.items()
            if of == kind and unlike_what_was_validated(one.quality) is None
        ]
        refused = np.mean([one.refused is not None for one in inside])
        careful = np.mean(
            [
                voice_warning(one.quality.synthetic, one.quality.active_s) is not None
                for one in inside
            ]
        )
        print(f"{kind}: {len(inside)} recordings, refused {refused:.4f}, or careful {careful:.4f}")


def ask(
    heard: dict[Place, Heard], enrolled: str, asked: str, sitting: str, weighing: Weighing
) -> Iterator[Asked]:
    """Enrol a third of the devices in turn by what is not refused, and ask about all of them."""
    model, session = weighing.loaded.model, SETTINGS[sitting]
    for turn in range(TURNS):
        references = {
            device: [
                one.recording.fingerprint
                for slot in range(ASKED)
                if (one := heard[enrolled, device, 0, slot]).refused is None
            ]
            for device in range(turn * N_ENROLLED, (turn + 1) * N_ENROLLED)
        }
        references = {device: some for device, some in references.items() if some}
        devices = Devices(model, list(references.values()), weighing.sitting)
        names = [str(device) for device in references]
        for device in range(N_DEVICES):
            one = heard[asked, device, session, ASKED]
            answer = answered(names, devices, one, weighing)
            log10_lr = np.full(len(names), np.nan)
            if answer.refused is None:
                compared = devices.compare(one.recording.fingerprint)
                rows = np.flatnonzero(compared.compares)
                found = weighing.calibrated.weights(compared.score[rows], compared.quality[rows])
                log10_lr[rows] = found.log10_lr
            yield Asked(device, tuple(references), log10_lr, answer)


def figures(questions: Sequence[Asked]) -> dict[str, float]:
    """Shares of questions that got which answer, and how good their LRs are, before bounding."""
    own = [one for one in questions if one.device in one.enrolled]
    strangers = [one for one in questions if one.device not in one.enrolled]
    same, different = [], []
    for one in questions:
        mine = np.array(one.enrolled) == one.device
        known = np.isfinite(one.log10_lr)
        same.append(one.log10_lr[mine & known])
        different.append(one.log10_lr[~mine & known])
    found = measures(np.concatenate(same), np.concatenate(different))
    named = [one.answer.answer for one in own]
    of_stranger = [one.answer for one in strangers if one.answer.answer is not None]
    return {
        "refused": np.mean([one.answer.refused is not None for one in questions]),
        "right": np.mean([name == str(one.device) for name, one in zip(named, own, strict=True)]),
        "wrong": np.mean(
            [name not in (None, str(one.device)) for name, one in zip(named, own, strict=True)]
        ),
        "strangers_named": len(of_stranger) / len(strangers),
        "strangers_warned": np.mean([bool(one.warnings) for one in of_stranger] or [np.nan]),
        "eer": found.eer,
        "cllr": found.cllr,
        "cllr_min": found.cllr_min,
        "misleading_10": np.mean(np.concatenate(different) > 1),
        "n_own": len(own),
        "n_strangers": len(strangers),
    }


if __name__ == "__main__":
    main()
