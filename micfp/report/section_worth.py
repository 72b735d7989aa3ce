"""What the answer is worth: what goes with the device in this corpus, and what else limits it."""

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from micfp.recordings.leaks import OF_DEVICES, leaks
from micfp.report.columns import Row, groups
from micfp.report.numbers import count, enumeration, percent
from micfp.report.published import Experiment
from micfp.report.section_honesty import unit_sentences
from micfp.report.wording import is_simulated

FEW_RECORDINGS = 10
OFTEN_OUTSIDE = 2  # times what is expected
# Of a file, and not of a microphone.
OF_FILES = {"sample_rate_hz": "sample rate", "n_channels": "number of channels", "codec": "codec"}
LEVELS = {"level_dbfs": "level", "noise_floor_dbfs": "noise floor"}


def worth(experiment: Experiment) -> Iterator[str]:
    """The confounds of this corpus first; then what else holds for this run, from its numbers."""
    yield from _confounds(experiment)
    yield from _limits(experiment)


def _confounds(experiment: Experiment) -> Iterator[str]:
    """What else than the microphone may tell the devices of this corpus apart."""
    quality, target = experiment.kept, experiment.params["target"]
    if target not in OF_DEVICES:
        yield from _other_labels(experiment)
        return
    by_device = groups(quality, "device")
    yield _sessions(by_device, experiment.params["split"]["kind"])
    alike = [word for name, word in OF_FILES.items() if _goes_with_device(by_device, name)]
    if alike:
        yield (
            f"The files of a device have one {enumeration(alike)}, and those of other devices "
            f"another: a model may know the {target} by its files alone."
        )
    yield from _levels(by_device)
    units = unit_sentences(experiment)
    yield (
        # of the strictest split
        f"{units[-1]} These are units of one make and model: what tells them apart may be where "
        "and when each recorded."
        if units
        else "No two devices are of one make and model: that it tells models apart does not say "
        "that it tells two units of one apart."
    )


def _other_labels(experiment: Experiment) -> Iterator[str]:
    """What gives away a target that is no property of a device."""
    labels, target = experiment.labels, experiment.params["target"]
    if labels.empty:
        return
    for sentence in leaks(labels, experiment.params["split"]["kind"], target):
        yield f"{sentence[0].upper()}{sentence[1:]}."
    n_devices = labels["device"].nunique()
    yield (
        f"The {target} was named from recordings by {count(n_devices, 'device')}, which also "
        "trained: of another device nothing is known."
        if experiment.params["split"]["kind"] != "by_unit"
        else f"The {target} was named from recordings by devices that did not train."
    )


def _sessions(by_device: dict[str, list[Row]], split: str) -> str:
    """Whether day and place go with the device."""
    sessions = {device: {row["session"] for row in rows} for device, rows in by_device.items()}
    every = set().union(*sessions.values())
    if every <= {""}:
        return (
            "The corpus names no sessions: where and when a device recorded may be what tells it "
            "apart, rather than its microphone."
        )
    if all(len(own) == 1 for own in sessions.values()):
        return (
            "Each device recorded in one session only: its place and day may be what tells it "
            "apart, rather than its microphone."
            if len(every) > 1
            else "All devices recorded in one session: where each stood may be what tells it "
            "apart, and nothing is known of another day or place."
        )
    if split == "by_session":
        return (
            "It was tested on sessions that are not in training. Where a device stood, how it was "
            "set and how loud it was may still be the same in all of them."
        )
    return (
        f"The devices recorded in up to {max(map(len, sessions.values()))} sessions, and each is "
        "in training and in test: part of the answer may be the day and the place."
    )


def _goes_with_device(by_device: dict[str, list[Row]], name: str) -> bool:
    """Whether each device has one value, and not all have the same."""
    values = [{str(row[name]) for row in rows} for rows in by_device.values()]
    return all(len(own) == 1 for own in values) and len(set().union(*values)) > 1


def _levels(by_device: dict[str, list[Row]]) -> Iterator[str]:
    """How much of level and noise floor the device explains."""
    n_devices, n_recordings = len(by_device), sum(map(len, by_device.values()))
    if n_devices < 2 or n_recordings <= n_devices:
        return
    explained = {
        word: variance_explained([[row[name] for row in rows] for rows in by_device.values()])
        for name, word in LEVELS.items()
    }
    known = {word: value for word, value in explained.items() if not math.isnan(value)}
    if known:
        parts = [f"{percent(value)} of the variance of the {word}" for word, value in known.items()]
        by_chance = percent((n_devices - 1) / (n_recordings - 1))
        yield (
            f"The device explains {enumeration(parts)} over the recordings (by chance {by_chance})"
            ": a model may go by these, which a hand or a room sets."
        )


def variance_explained(by_group: Sequence[Sequence[float]]) -> float:
    """Share of the variance of all values that lies between groups; NaN where there is none.

    That of values by chance is (n_groups - 1) / (n_values - 1) on average (eta squared).
    """
    known = [[v for v in values if math.isfinite(v)] for values in by_group]
    every = [value for values in known for value in values]
    if not every:
        return math.nan
    mean = fmean(every)
    total = math.fsum((value - mean) ** 2 for value in every)
    between = math.fsum(len(own) * (fmean(own) - mean) ** 2 for own in known if own)
    return between / total if total > 1e-12 else math.nan


def _calibration(experiment: Experiment) -> Iterator[str]:
    """Where the chosen model gives no probabilities."""
    of_model = {row["model"]: row for row in experiment.calibration}
    row = of_model.get(experiment.choice["model"])
    if row is None or math.isnan(row["temperature"]):
        yield "The chosen model is not calibrated: its scores order, and are no probabilities."
    elif row["outside"] > OFTEN_OUTSIDE * row["outside_expected"]:
        yield (
            f"{percent(row['outside'])} of the test recordings lie outside of what the chosen "
            f"model learned, and {percent(row['outside_expected'])} were expected: its training "
            "part holds too few different contents or sessions, and it gives no probability there."
        )


def _limits(experiment: Experiment) -> Iterator[str]:
    """What limits the answer; those that hold for this run, from its numbers."""
    params, row = experiment.params, experiment.chosen
    target = params["target"]
    yield (
        f"The models know a closed set: of another {target} they name one of their own all the "
        "same. Probabilities are among these alone, and no evidence."
    )
    if experiment.left_out:
        yield (
            f"The models cannot name {enumeration(experiment.left_out)}: too few of their "
            "recordings could be used."
        )
    yield from _calibration(experiment)
    if is_simulated(params):
        yield "The recordings are simulated: nothing here is a figure for real microphones."
    if params["split"]["kind"] == "random":
        yield (
            "The split is at random by segment, so that recordings are in training and in test: "
            "the figures are too good for a new recording."
        )
    if params["selection"]["kind"] == "random":
        yield (
            "The model was chosen on folds of single segments inside the training part, with "
            "pieces of one recording on both sides: the inner scores are too good, and another "
            "choice might do better on new recordings. The test part had no say in it."
        )
    tested = int(row["n_recordings"])
    if tested < FEW_RECORDINGS:
        yield (f"Only {count(tested, 'recording')} tested: the interval is likely too narrow.")
    elif tested < 2 * len(experiment.pooled):
        yield (
            f"{count(tested, 'recording')} test "
            f"{count(len(experiment.pooled), target)}: hardly more than one "
            f"each, so little can be said of a single {target}."
        )
    notes = {row["interval_note"], row["recording_interval_note"]} - {""}
    for note in sorted(notes):
        yield f"About the intervals: {note}."
    if row["accuracy_low"] <= row["chance"]:
        yield "The interval of the accuracy includes guessing."
    models = experiment.models
    if leaks := [row["model"] for row in models if row["shuffled_low"] > row["chance"]]:
        yield (
            f"Trained on shuffled labels, {enumeration(leaks)} stayed above "
            "chance, interval and all: look for a leak."
        )
    flagged = sum(row["flags"] != "" for row in experiment.quality)
    if flagged:
        yield (
            f"The check flagged {flagged} of {count(len(experiment.quality), 'recording')}; "
            "see the recordings and their check."
        )
    if warned := [row["model"] for row in models if row["warnings"]]:
        yield f"Training warned for {enumeration(warned)}; see the table of models."
