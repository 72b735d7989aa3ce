"""What identify's likelihood ratios are worth where somebody disguised a recording.

    python benchmarks/disguise.py [--corpus data/ccnu_mobile]

Each phone of CCNU_Mobile is enrolled by utterances 1 to 3. Utterance 4 of each other phone is asked
about as it is, and made to pass for it by an equaliser and noise from 30 s of it
(`micfp.attack.mimicry`), for two other phones each, drawn by a seed. Writes
`results/disguise.csv`: shares of LRs above 1 and 10 for the phone that is enrolled, and the median.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from micfp import audio
from micfp.attack.mimicry import disguise
from micfp.bench.draws import generator
from micfp.config.attack import MimicryConfig
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.listening import listen_to_samples
from micfp.fingerprint.weighed.weighing import Weighing, load_weighing
from micfp.progress import progress

SEED = 17
IMITATED = 2
"""Phones that each passes for."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    given = parser.parse_args()
    config = CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=given.corpus)
    table = read_corpus(config)
    weighing = load_weighing("any")
    devices = sorted(table["device"].unique())
    sound = {
        (device, content): audio.read(path, channel=0)
        for device, content, path in zip(
            table["device"], table["content"], table["path"], strict=True
        )
    }
    rows = []
    for device in progress(devices, len(devices), "disguising"):
        asked, rate_hz = sound[device, "4"]
        rows.append(("its own", _log10_lr(weighing, sound, device, asked, rate_hz)))
        rng = generator(SEED, "disguise", device)
        models = dict(zip(table["device"], table["model"], strict=True))
        others = [one for one in devices if models[one] != models[device]]
        for other in rng.choice(others, IMITATED, replace=False):
            rows.append(("another's", _log10_lr(weighing, sound, other, asked, rate_hz)))
            known = [sound[other, content][0] for content in "123"]
            made = disguise(asked, [known], rate_hz, MimicryConfig(seconds=30.0), rng)
            rows.append(("another's, disguised", _log10_lr(weighing, sound, other, made, rate_hz)))
    found = pd.DataFrame(rows, columns=["recording", "log10_lr"])
    refused = found["log10_lr"].isna()
    by = found[~refused].groupby("recording", sort=False)["log10_lr"]
    figures = pd.DataFrame(
        {
            "recordings": found.groupby("recording", sort=False).size(),
            "refused": refused.groupby(found["recording"], sort=False).mean().round(3),
            "above_1": by.apply(lambda lr: (lr > 0).mean()).round(3),
            "above_10": by.apply(lambda lr: (lr > 1).mean()).round(3),
            "median_log10_lr": by.median().round(2),
        }
    ).reset_index()
    Path("results").mkdir(exist_ok=True)
    figures.to_csv("results/disguise.csv", index=False)
    print(figures.to_string(index=False))


def _log10_lr(
    weighing: Weighing,
    sound: dict[tuple[str, str], tuple[np.ndarray, int]],
    device: str,
    asked: np.ndarray,
    rate_hz: int,
) -> float:
    """Of a device by its utterances 1 to 3, before bounding; NaN: refused."""
    model = weighing.loaded.model
    references = [model.fingerprint(*sound[device, content]) for content in "123"]
    heard = listen_to_samples(asked, rate_hz, model)
    if heard.refused is not None:
        return float("nan")
    compared = Devices(model, [references], weighing.sitting).compare(heard.recording.fingerprint)
    return float(weighing.calibrated.weights(compared.score, compared.quality).log10_lr[0])


if __name__ == "__main__":
    main()
