"""How well `micfp scan` finds where devices change, and what it calls other changes.

    python benchmarks/scan.py DATA phones      # splices of real phones: F1, false alarms, errors
    python benchmarks/scan.py DATA command     # the same splices, as `micfp scan` answers
    python benchmarks/scan.py DATA names       # the same: how their segments are named
    python benchmarks/scan.py DATA halves      # the same: what identify says of their halves
    python benchmarks/scan.py DATA fit         # fits what differences are worth
    python benchmarks/scan.py DATA population  # what other changes are called, on virtual phones

DATA holds `ccnu_mobile`, `noise`, `rooms` and `speech`. Each part prints what it writes to
`results/scan_PART.csv`; `--count` says how many splices of each kind, or how many populations of
six phones. docs/scan.md says what chose each threshold.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scan_fit import Answers, ask, fit
from scan_joins import N_DEVICES, SEED, Join, Phones, pair_joins, virtual_joins

from micfp.bench.draws import generator
from micfp.casework.scan.changes import DEVICE, Seeker, device_track
from micfp.casework.scan.device import DeviceScores, time_s
from micfp.casework.scan.found import Segment
from micfp.casework.scan.labels import labelled
from micfp.casework.scan.weigh import KINDS, shipped
from micfp.casework.scan.weigh import SHIPPED as WEIGHTS
from micfp.casework.scan.windows import Sliding, Windows, sliding
from micfp.config.recipe import RecipeConfig
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.embedding.training import fit_covariances, joined, training_pieces
from micfp.fingerprint.weighed.halves import UNLIKE_LOG10_LR, log10_lr_of_halves
from micfp.fingerprint.weighed.listening import listen_to_samples
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing

TAUGHT, ASKED = "12", "34"
"""Utterances that are blended into the model, and those that are spliced."""
SHARE, KAPPA = 0.5, 0.2
"""Of the blend, as in params.yaml."""
FOLDS = 3
TOLERANCE_S = 0.5
FALSE_ALARMS_PER_10_MIN = 1.0
CHOOSING_COUNT = 30
SILENT_PHONE = "vivo X7"
"""Three of its four utterances hold nothing but its noise; figures stand without it as well."""
PAIRS = 4
LEAST = -40.0
"""Scores of moments below are no peak at any threshold."""
LOADED = load_model(SHIPPED)


@dataclass(frozen=True)
class Heard:
    """Candidates of a splice: their times, and the scores of their moments, above any threshold."""

    join: Join
    times_s: np.ndarray
    scores: np.ndarray


Pair = tuple[list[Heard], list[Heard]]
"""Of splices, and of joins of one device."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "part", choices=("phones", "command", "names", "halves", "fit", "population")
    )
    parser.add_argument("--count", type=int)
    parser.add_argument("--conditions", default="", help="of real phones, with commas between; all")
    parser.add_argument(
        "--choosing", action="store_true", help="halves of phones that judge nothing"
    )
    given = parser.parse_args()
    Path("results").mkdir(exist_ok=True)
    if given.part == "phones":
        found = phones(given.data, given.count or 100, given.conditions)
    elif given.part == "command":
        found = command(given.data, given.count or 100, given.conditions)
    elif given.part == "names":
        found = names(given.data, given.count or 60, given.conditions)
    elif given.part == "halves":
        found = halves(given.data, given.count or 100, given.conditions, given.choosing)
    elif given.part == "fit":
        found = fitted(given.data, given.count or 12)
    else:
        found = population(given.data, given.count or 12)
    found.to_csv(f"results/scan_{given.part}.csv", index=False)
    print(found.round(3).to_string(index=False))


def phones(data: Path, count: int, conditions: str) -> pd.DataFrame:
    """Splices of phones that judge, by thresholds of those that choose."""
    of = Phones(data)
    wanted = conditions.split(",") if conditions else list(of.conditions)
    chosen = heard_of(of, [LOADED.model], of.choosing, CHOOSING_COUNT)
    thresholds = [threshold(chosen), threshold([one for fold in _folds(of) for one in fold])]
    models = [LOADED.model, blended(of, of.choosing)]
    rows = []
    for condition in wanted:
        pair = tuple(
            list(of.joins(of.judging, condition, count, same=same, utterances=ASKED))
            for same in (False, True)
        )
        changed, still = (hear(models, joins) for joins in pair)
        for k, name in enumerate(("default", "blended")):
            for without in ("", SILENT_PHONE):
                row = {"condition": condition, "model": name, "without": without}
                heard = (
                    [one for one in some[k] if without not in one.join.devices]
                    for some in (changed, still)
                )
                found = figures(*heard, thresholds[k])
                rows.append(row | {"threshold": thresholds[k]} | found)
    return pd.DataFrame(rows)


def command(data: Path, count: int, conditions: str) -> pd.DataFrame:
    """The same splices, as `micfp scan` answers: any change, and another device."""
    of = Phones(data)
    rows = []
    for condition in conditions.split(",") if conditions else list(of.conditions):
        changed, still = (
            commanded(of.joins(of.judging, condition, count, same=same, utterances=ASKED))
            for same in (False, True)
        )
        for k, said in enumerate(("any change", "another device")):
            row = {"condition": condition, "said": said}
            rows.append(row | figures(changed[k], still[k], 0.0))
    return pd.DataFrame(rows)


def names(data: Path, count: int, conditions: str) -> pd.DataFrame:
    """Shares of the sound of splices, and of joins of one device, by how segments are named.

    All phones that judge are enrolled, by other utterances; sound within a second of the place is
    not counted.
    """
    of = Phones(data)
    weighing = load_weighing("any", calibration=SHIPPED_CALIBRATION)
    references = {
        name: [
            listen_to_samples(sound.samples, sound.rate_hz, LOADED.model).recording.fingerprint
            for sound in (of.sound(name, utterance) for utterance in TAUGHT)
        ]
        for name in of.judging
    }
    seeker, rows = Seeker(LOADED.model), []
    for condition in conditions.split(",") if conditions else list(of.conditions):
        for same in (False, True):
            every = {"whole, between changes of device": np.zeros(3), "as the command": np.zeros(3)}
            for join in of.joins(of.judging, condition, count, same=same, utterances=ASKED):
                sound = join.sound.samples, join.sound.rate_hz
                changes = device_track(*sound, band_spectra(*sound), seeker, shipped()).changes
                of_device = [one for one in changes if one.track == DEVICE]
                for named, some in zip(every.values(), (of_device, changes), strict=True):
                    named += _named(join, labelled(*sound, some, references, weighing))
            for rule, seconds in every.items():
                right, wrong, none = seconds / seconds.sum()
                row = {"condition": condition, "devices": 1 if same else 2, "rule": rule}
                rows.append(row | {"right": right, "wrong": wrong, "none": none})
    return pd.DataFrame(rows)


def halves(data: Path, count: int, conditions: str, choosing: bool) -> pd.DataFrame:
    """Share of splices, and of joins of one device, of which identify warns by their halves.

    at: shares of the length that the place of the splice lies between.
    """
    of = Phones(data)
    weighing = load_weighing("any", calibration=SHIPPED_CALIBRATION)
    rows = []
    for condition in conditions.split(",") if conditions else list(of.conditions):
        for same in (False, True):
            found = []
            devices = of.choosing if choosing else of.judging
            for join in of.joins(devices, condition, count, same=same, utterances=ASKED):
                sound = join.sound
                heard = listen_to_samples(sound.samples, sound.rate_hz, LOADED.model)
                place = join.time_s * sound.rate_hz / len(sound.samples)
                log10_lr = log10_lr_of_halves(heard.halves, LOADED.model, weighing.calibration)
                found.append((place, np.nan if log10_lr is None else log10_lr))
            places, log10_lrs = np.array(found).T
            row: dict[str, object] = {"condition": condition, "devices": 1 if same else 2}
            row |= {"n": len(found), "at": f"{places.min():.2f}-{places.max():.2f}"}
            for least in (0.0, UNLIKE_LOG10_LR, -1.0):
                row[f"log10 LR < {least:g}"] = float((log10_lrs < least).mean())
            rows.append(row)
    return pd.DataFrame(rows)


def _named(join: Join, segments: Sequence[Segment]) -> np.ndarray:
    """Seconds with the right name, with a wrong one, and without the name of an enrolled phone."""
    found = np.zeros(3)
    end_s = len(join.sound.samples) / join.sound.rate_hz
    halves = ((0.0, join.time_s - 1.0), (join.time_s + 1.0, end_s))
    for (start, stop), device in zip(halves, join.devices, strict=True):
        for one in segments:
            unnamed = one.device is None or one.device.startswith("unknown ")
            kind = 2 if unnamed else int(one.device != device)
            found[kind] += max(min(stop, one.stop_s) - max(start, one.start_s), 0.0)
    return found


def _folds(of: Phones) -> Iterator[list[Pair]]:
    """Phones that choose, by models that others of them were blended into."""
    for fold in range(FOLDS):
        tested = of.choosing[fold::FOLDS]
        others = [one for one in of.choosing if one not in tested]
        yield heard_of(of, [blended(of, others)], tested, CHOOSING_COUNT // FOLDS)


def blended(of: Phones, devices: Sequence[str]) -> FingerprintModel:
    """The shipped model with some phones blended in, by their first utterances."""
    parts = []
    for number, device in enumerate(devices):
        for utterance in TAUGHT:
            sound = of.sound(device, utterance)
            spectra = band_spectra(sound.samples, sound.rate_hz)
            rng = generator(SEED, "scan", "copies", device, utterance)
            content = LOADED.model.content
            parts.append(training_pieces(spectra, content, number, len(parts), rng))
    own = fit_covariances(joined(parts), RecipeConfig(), whole=False)
    return LOADED.model.blended(own, SHARE, KAPPA)


class Kept(Sliding):
    """A recording whose windows are made once for all models."""

    def windows(self, starts: np.ndarray, n_frames: int) -> Windows:
        """As of `Sliding`."""
        made: dict[tuple[int, int], Windows] = self.__dict__.setdefault("made", {})
        key = (int(starts[0]), n_frames)
        if key not in made:
            made[key] = super().windows(starts, n_frames)
        return made[key]


def heard_of(
    of: Phones, models: Sequence[FingerprintModel], devices: Sequence[str], count: int
) -> list[Pair]:
    """Splices and joins of one device by the first of the models, of every condition."""
    return [
        tuple(
            hear(models, of.joins(devices, condition, count, same=same, utterances=ASKED))[0]
            for same in (False, True)
        )
        for condition in of.conditions
    ]


def hear(models: Sequence[FingerprintModel], joins: Iterable[Join]) -> list[list[Heard]]:
    """Peaks of splices by each model; those that no threshold would be below are left out."""
    engines = [DeviceScores(model.covariances["content"]) for model in models]
    found: list[list[Heard]] = [[] for _ in models]
    for join in joins:
        spectra = band_spectra(join.sound.samples, join.sound.rate_hz)
        recording = Kept(**vars(sliding(spectra, models[0].content)))
        for engine, heard in zip(engines, found, strict=True):
            scores = engine.over_time(recording)
            places = scores.above(LEAST)
            frames = [engine.refined(recording, int(scores.frames[place])) for place in places]
            heard.append(Heard(join, time_s(np.array(frames, int)), scores.score[places]))
    return found


def commanded(joins: Iterable[Join]) -> tuple[list[Heard], list[Heard]]:
    """What the command says of splices: changes of any kind, and those of the device."""
    seeker = Seeker(LOADED.model)
    found: tuple[list[Heard], list[Heard]] = ([], [])
    for join in joins:
        samples, rate_hz = join.sound.samples, join.sound.rate_hz
        track = device_track(samples, rate_hz, band_spectra(samples, rate_hz), seeker, shipped())
        for heard, wanted in zip(found, (KINDS, ("device",)), strict=True):
            times_s = [one.time_s for one in track.changes if one.track in wanted]
            heard.append(Heard(join, np.array(times_s), np.ones(len(times_s))))
    return found


def threshold(pairs: Sequence[Pair]) -> float:
    """Halfway from one false alarm in ten minutes to what all but 2 % of the splices reach."""
    still = [one for _, some in pairs for one in some]
    alarms = np.sort(np.concatenate([one.scores for one in still]))
    n_alarms = int(FALSE_ALARMS_PER_10_MIN * sum(map(_seconds, still)) / 600)
    few = float(alarms[-n_alarms - 1]) if len(alarms) > n_alarms else LEAST
    best = [max(_near(one), default=LEAST) for changed, _ in pairs for one in changed]
    return (few + max(few, float(np.quantile(best, 0.02)))) / 2


def _near(one: Heard) -> np.ndarray:
    return one.scores[np.abs(one.times_s - one.join.time_s) <= TOLERANCE_S]


def _seconds(one: Heard) -> float:
    return len(one.join.sound.samples) / one.join.sound.rate_hz


def figures(changed: list[Heard], still: list[Heard], least: float) -> dict[str, float]:
    """F1, recall and precision of splices, false alarms of joins of one device, errors."""
    hits, extra, errors = 0, 0, []
    for one in changed:
        error_s = np.abs(one.times_s[one.scores > least] - one.join.time_s)
        near = error_s <= TOLERANCE_S
        hits += bool(near.any())
        extra += len(error_s) - bool(near.any())
        errors += [float(error_s.min())] if near.any() else []
    alarms = sum(int(np.count_nonzero(one.scores > least)) for one in still)
    recall, precision = hits / len(changed), hits / max(hits + extra, 1)
    return {
        "F1": 2 * recall * precision / max(recall + precision, 1e-9),
        "recall": recall,
        "precision": precision,
        "false alarms in 10 min": alarms / sum(map(_seconds, still)) * 600,
        "median error (s)": float(np.median(errors)) if errors else np.nan,
        "95 % of errors (s)": float(np.quantile(errors, 0.95)) if errors else np.nan,
    }


def virtual(data: Path, name: str, part: tuple[int, int], count: int) -> Iterator[tuple[str, Join]]:
    """Recordings of so many populations, and of PAIRS times as many pairs of phones."""
    for number in range(PAIRS * count):
        for join in pair_joins(data, name, part, number):
            yield f"{name} pair {number}", join
    for number in range(count):
        for join in virtual_joins(data, name, part, number):
            yield f"{name} {number}", join


def fitted(data: Path, count: int) -> pd.DataFrame:
    """Fit to populations that choose, and write the weights that micfp has."""
    answers = ask(virtual(data, "scan choose", (1, 4), count), LOADED)
    n_devices = count * (N_DEVICES + 2 * PAIRS)
    made_of = f"{n_devices} virtual phones with a quarter of the speakers of LibriSpeech's 140"
    weights = fit(answers, LOADED, made_of, n_devices)
    WEIGHTS.write_text(weights.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return pd.DataFrame([weights.model_dump(exclude={"weights", "centre", "spread"})])


def population(data: Path, count: int) -> pd.DataFrame:
    """What is said of populations that judge."""
    answers = ask(virtual(data, "scan judge", (3, 4), count), LOADED, shipped())
    return said(answers)


def said(answers: Answers) -> pd.DataFrame:
    """Shares of recordings with any change, with another device, and with the true cause."""
    rows = []
    ways = list(dict.fromkeys(row[:2] for row in answers.joins))
    for what, by in ways:
        kinds = [row[4] for row in answers.joins if row[:2] == (what, by)]
        alarmed = [one for one in kinds if one]
        cause = what.split(" and ")[0]
        rows.append(
            {
                "what changes": what,
                "by": by,
                "recordings": len(kinds),
                "alarms": len(alarmed) / len(kinds),
                "called another device": float(np.mean(["device" in one for one in kinds])),
                "true cause, of alarms": float(np.mean([cause in one for one in alarmed]))
                if alarmed
                else np.nan,
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
