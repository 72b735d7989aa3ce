"""The deconvolved response of a known sweep as a feature, beside the families of the same sweeps.

    python benchmarks/sweep_response.py

The five microphones of the bench record the sweeps of the protocol on five days, in rooms and
places of their own; once as they stand, once all at one point with equal gains. Each sweep that
`micfp response` finds gives a row of every feature set; four days train and the fifth is tested, in
turn. Writes `results/sweep_response.csv`.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from micfp.audio import read
from micfp.bench.build import planned_recordings, render
from micfp.bench.stimuli import content_signal
from micfp.casework.response.deconvolving import AFTER_S, deconvolved
from micfp.casework.response.finding import arrivals
from micfp.casework.response.sweeps import sweeps
from micfp.config.bench import BenchConfig, ContentConfig, SessionConfig
from micfp.features import FeatureSet, extract
from micfp.plan.params import Params
from micfp.progress import progress

SEED, DAYS, SWEEPS_S = 42, 5, 40.0
BANDS_HZ = (60.0, 16_000.0)
BANDS_PER_OCTAVE = 12
REFERENCE_HZ = (500.0, 2000.0)
FAMILIES = {"MFCC (thesis)": "thesis", "long-term spectrum": "ltas"}
RESPONSE = "response of the sweep"
SETTINGS = {
    "as they stand": {},
    "one point, equal gain": {"confounds": {"position": False, "level": False}},
}

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Swept:
    """Features of a recorded sweep, by their names."""

    device: str
    day: str
    features: dict[str, Array]


def main() -> None:
    rows = []
    for name, differences in SETTINGS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = list(swept(bench(differences), Path(folder)))
        for features in found[0].features:
            for classifier, model in models().items():
                correct = tested(found, features, model)
                rows.append(
                    {
                        "setting": name,
                        "features": features,
                        "columns": len(found[0].features[features]),
                        "classifier": classifier,
                        "sweeps": len(correct),
                        "accuracy": float(correct.mean()),
                    }
                )
    table = pd.DataFrame(rows)
    Path("results").mkdir(exist_ok=True)
    table.to_csv("results/sweep_response.csv", index=False)
    print(table.round(3).to_string(index=False))


def models() -> dict[str, object]:
    """Classifiers with usual settings; nothing is chosen."""
    return {
        "LDA": LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        "SVC": SVC(),
    }


def bench(differences: dict[str, object]) -> BenchConfig:
    """Five days of sweeps; rooms and places are those of the parameters in turn, moved a little."""
    usual = BenchConfig().sessions
    sessions = []
    for day in range(DAYS):
        room = usual[day % len(usual)]
        x, y, z = room.loudspeaker_m
        size = room.room_size_m
        sweep = ContentConfig(name=f"sweep-{day + 1}", kind="sweep", duration_s=SWEEPS_S)
        moved = {
            "name": f"day-{day + 1}",
            "contents": (sweep,),
            "loudspeaker_m": (x, y + 0.05 * day, z),
            "room_size_m": (size[0] + 0.2 * day, size[1], size[2]),
            "t60_s": room.t60_s + 0.02 * day,
        }
        sessions.append(SessionConfig.model_validate(room.model_dump() | moved))
    return BenchConfig.model_validate({"sessions": sessions} | differences)


def swept(config: BenchConfig, folder: Path) -> Iterator[Swept]:
    """Every sweep of every recording."""
    sets = Params().features
    rate_hz = config.adc.sample_rate_hz
    for session in config.sessions:
        render(config, SEED, session.name, folder)
    played = {
        content.name: [
            one.samples for one in sweeps(content_signal(config, SEED, content), rate_hz)
        ]
        for session in config.sessions
        for content in session.contents
    }
    table = planned_recordings(config)
    for row in progress(list(table.itertuples()), len(table), "measuring"):
        heard, _ = read(folder / row.path, channel=0)
        for one in arrivals(heard, rate_hz, played[row.content]):
            sweep = played[row.content][one.sweep]
            stretch = heard[one.start : one.start + len(sweep) + round(AFTER_S * rate_hz)]
            features = {name: of_set(stretch, rate_hz, sets[key]) for name, key in FAMILIES.items()}
            features[RESPONSE] = level_db(heard, one.start, sweep, rate_hz)
            yield Swept(row.device, row.session, features)


def of_set(samples: NDArray[np.float32], rate_hz: int, settings: FeatureSet) -> Array:
    """A row of a feature set; 0 for what is no number, as the pipeline's preparation has it."""
    return np.nan_to_num(extract(samples, rate_hz, settings).astype(np.float64))


def level_db(
    recording: NDArray[np.float32], start: int, sweep: NDArray[np.float32], rate_hz: int
) -> Array:
    """Level of a response in twelfths of octaves, against its mean from 500 to 2000 Hz."""
    n_bands = round(BANDS_PER_OCTAVE * np.log2(BANDS_HZ[1] / BANDS_HZ[0]))
    edges_hz = np.geomspace(*BANDS_HZ, n_bands + 1)
    measured = deconvolved(recording, start, sweep, rate_hz, edges_hz)
    level = 10 * np.log10(np.maximum(measured.power, 1e-30))
    middle_hz = np.sqrt(edges_hz[1:] * edges_hz[:-1])
    inside = (middle_hz >= REFERENCE_HZ[0]) & (middle_hz <= REFERENCE_HZ[1])
    return np.asarray(level - level[inside].mean())


def tested(found: list[Swept], features: str, model: object) -> NDArray[np.bool_]:
    """Which sweeps are named correctly by a model of the other days."""
    X = np.array([one.features[features] for one in found])
    device = np.array([one.device for one in found])
    day = np.array([one.day for one in found])
    correct = np.zeros(len(found), bool)
    for one in np.unique(day):
        test = day == one
        fitted = make_pipeline(StandardScaler(), model).fit(X[~test], device[~test])
        correct[test] = fitted.predict(X[test]) == device[test]
    return correct


if __name__ == "__main__":
    main()
