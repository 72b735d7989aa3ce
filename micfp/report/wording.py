"""Words for what the parameters name: targets, splits, classifiers, feature sets."""

from collections.abc import Iterable, Mapping
from typing import Any

from micfp.models.classifiers import CLASSIFIERS

# From the most lenient to the strictest: what the test part may share with training.
SPLITS = {
    "random": "segments are dealt out at random, so that recordings are in both parts",
    "by_recording": "no recording is in both parts",
    "by_content": "what is said or played in the test part is not in training",
    "by_session": "trained on some days or places, tested on others",
    "by_unit": "trained on some units of a model, tested on others",
}
FLAGS = {"dc_offset": "DC offset", "low_snr": "low SNR"}
METRICS = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "f1_macro": "macro F1"}


def spaced(name: str) -> str:
    """A parameter's name as words."""
    return name.replace("_", " ")


def flag_in_words(name: str) -> str:
    """A flag of the check as words."""
    return FLAGS.get(name, spaced(name))


def split_in_words(split: Mapping[str, Any]) -> str:
    """How the main split was made, e.g. `by session (tested on day-2)`."""
    if split.get("test"):
        amount = "tested on " + ", ".join(map(str, split["test"]))
    elif split.get("folds"):
        amount = f"{split['folds']} folds, each tested once"
    else:
        groups = "segments" if split["kind"] == "random" else "groups"
        amount = f"{100 * split['test_share']:.0f} % of the {groups} tested"
    if split["kind"] == "random":
        return f"at random ({amount})"
    return f"{spaced(split['kind'])} ({amount})"


def selection_in_words(selection: Mapping[str, Any]) -> str:
    """How the folds inside a training part were made, e.g. `by content, 4 folds`."""
    kind = "at random" if selection["kind"] == "random" else spaced(selection["kind"])
    return f"{kind}, {selection['folds']} folds"


def classifier_key(models: Iterable[str]) -> str:
    """What the abbreviations in the models' names stand for."""
    names = sorted({model.split("-")[0] for model in models})
    known = [f"{name}: {CLASSIFIERS[name].title}" for name in names if name in CLASSIFIERS]
    return (
        "A model's name is classifier, feature set and preparation (see the parameters). "
        + "; ".join(known)
        + "."
    )


def is_simulated(params: Mapping[str, Any]) -> bool:
    """Whether the recordings come from the virtual bench, or from virtual phones."""
    return is_of_bench(params) or params["corpus"]["reader"] == "virtual_phones"


def is_of_bench(params: Mapping[str, Any]) -> bool:
    """Whether the recordings come from the virtual bench."""
    corpus = params["corpus"]
    return bool(corpus["reader"] == "bench" and corpus["root"] is None)
