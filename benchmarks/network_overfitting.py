"""Does a network over-fit? The looks of stage `overfit`, on the plain CNN and thirty real phones.

    python benchmarks/network_overfitting.py ROOT

ROOT holds the public sample of CCNU_Mobile. The thesis (8): a classifier "might have overfitted the
training data [...] Techniques such as regularisation, cross-validation, and using dropout layers in
the case of deep learning models can help". Segments of 1 s of utterances 1 and 2 train, 3 says
when to stop, 4 is tested. Looks: a share of each phone's training segments; phones shuffled among
the segments that train, without stopping, so that it learns what it can by heart; dropout; weight
decay. Writes `results/network_overfitting.csv`. A quarter of an hour.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from micfp.audio import read
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.features.frames import frame_matrix
from micfp.models.method_config import MethodConfig
from micfp.models.methods import Part, fit_method
from micfp.plan.params import Params, load_params

SEED = 1
SHARES = (0.25, 0.5, 1.0)
DROPOUTS = (0.5,)
WEIGHT_DECAYS = (0.001, 0.01)
TRAINING, STOPPING, TESTED = ("1", "2"), "3", "4"


@dataclass(frozen=True)
class Look:
    """One way of training: what differs from training `ours` on all rows.

    Parameters
    ----------
    value
        what the table calls it
    share
        of each phone's segments that train
    shuffled
        phones dealt out anew among the segments that train, and no stopping
    """

    name: str
    value: float = 1.0
    share: float = 1.0
    shuffled: bool = False
    dropout: float = 0.0
    weight_decay: float = 0.0


def looks() -> Iterator[Look]:
    for share in SHARES:
        yield Look("share of the training segments", share, share=share)
    yield Look("labels shuffled, no stopping", shuffled=True)
    for dropout in DROPOUTS:
        yield Look("dropout", dropout, dropout=dropout)
    for decay in WEIGHT_DECAYS:
        yield Look("weight decay", decay, weight_decay=decay)


def main(root: Path) -> None:
    params = load_params([Path("params.yaml")])
    table = read_corpus(CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=root))
    frames, phone, utterance = segments_of(table, params)
    Path("results").mkdir(exist_ok=True)
    rows = []
    for look in looks():
        found = trained(params, look, frames, phone, utterance, SEED)
        rows.append({"look": look.name, "value": look.value, **found})
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv("results/network_overfitting.csv", index=False)


def segments_of(
    table: pd.DataFrame, params: Params
) -> tuple[NDArray[np.float32], NDArray[np.str_], NDArray[np.str_]]:
    """Log-mel frames of every second (n, frames, bands), with phones and utterances (n,)."""
    found, phones, utterances = [], [], []
    for path, phone, utterance in zip(
        table["path"], table["device"], table["content"], strict=True
    ):
        samples, rate_hz = read(path)
        for start in range(0, len(samples) - rate_hz + 1, rate_hz):
            piece = samples[start : start + rate_hz]
            found.append(frame_matrix(piece, rate_hz, params.frames["log_mel"]))
            phones.append(phone)
            utterances.append(utterance)
    return np.stack(found), np.array(phones), np.array(utterances)


def trained(
    params: Params,
    look: Look,
    frames: NDArray[np.float32],
    phone: NDArray[np.str_],
    utterance: NDArray[np.str_],
    seed: int,
) -> dict[str, float]:
    """Accuracy on what trained and on what is tested, and epochs."""
    rng = np.random.default_rng(seed)
    training = thinned(phone, np.flatnonzero(np.isin(utterance, TRAINING)), look.share, rng)
    stopping, tested = (np.flatnonzero(utterance == one) for one in (STOPPING, TESTED))
    learned, config = phone.copy(), params.trainings["ours"]
    differing: dict[str, float] = {"weight_decay": look.weight_decay}
    if look.shuffled:
        learned[training] = rng.permutation(phone[training])
        differing["patience_epochs"] = config.epochs
    made, run = fit_method(
        MethodConfig(frames="log_mel", network="plain_cnn", dropout=look.dropout),
        config.model_copy(update=differing),
        params.classifiers,
        frames,
        learned,
        Part(training, stopping),
        seed,
    )
    assert run is not None
    named = np.array(made.classes)[made.log_probabilities(frames).argmax(axis=1)]
    return {
        "n_train": len(training),
        "n_test": len(tested),
        "train": float(np.mean(named[training] == learned[training])),
        "train, last epoch": run.curves[-1].train_accuracy,
        "test": float(np.mean(named[tested] == phone[tested])),
        "epochs": len(run.curves),
    }


def thinned(
    phone: NDArray[np.str_], rows: NDArray[np.int64], share: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """A share of each phone's rows, at least two a phone."""
    kept = []
    for name in np.unique(phone[rows]):
        own = rng.permutation(rows[phone[rows] == name])
        kept.append(own[: max(2, round(share * len(own)))])
    return np.sort(np.concatenate(kept))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/network_overfitting.py ROOT")
    main(Path(sys.argv[1]))
