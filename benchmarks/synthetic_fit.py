"""Fits by what a synthetic voice is known, and sets from where on it is refused.

    python benchmarks/synthetic_fit.py DATA

DATA holds `ccnu_mobile`, `speech` and `noise`. 120 virtual phones that judge nothing play
LibriSpeech and voices of espeak-ng, neither of which judges; with them the 15 real phones that
choose. Pieces of 1, 3 and 10 s go through the conditions that are inside
(docs/design/evidence.md). What is refused of real voices is set on scores of speakers that a fit
left out. Writes `micfp/fingerprint/default.voice.json`.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from refusal_tries import CHOOSING, SILENT_PHONE, conditions, piece
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from synthetic import KINDS, SEED, population

from micfp.audio import read
from micfp.bench.population import render, takes
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.degrade.kind import Sound
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.quality import quality, unlike_what_was_validated
from micfp.fingerprint.voice import SHIPPED, VoiceWeights, voice_measures
from micfp.progress import progress

NAME, PART, N_DEVICES = "synthetic choose", (0, 2), 120
LENGTHS_S = (1.0, 3.0, 10.0)
CONDITIONS = 3
"""Of those that are inside, drawn for each recording, beside none at all."""
PENALTY = 0.03
"""Inverse (C of scikit-learn)."""
ACTIVE = 0.8
"""Share of a piece in which something is heard, about."""
SHARES = {"refused": 0.0, "careful": 0.02}
"""Of real voices that choose, of each length, which are above. With 0.005 and 0.002 refused, 1.7
and 1.04 % of those that judge were, which is more than 1 %: so none is."""
FOLDS, DIGITS = 10, 5


@dataclass(frozen=True)
class Voice:
    """A recording of which it is known who speaks."""

    is_synthetic: bool
    speaker: str
    sound: Sound


@dataclass(frozen=True)
class Row:
    """What was measured of a piece. Voices of espeak-ng have names such as `en-us+f2`."""

    is_synthetic: bool
    speaker: str
    length_s: float
    measures: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    rows = list(measured(list(voices(given.data)), given.data))
    weights = fitted(rows)
    SHIPPED.write_text(json.dumps(weights.model_dump(mode="json"), indent=1) + "\n")


def voices(data: Path) -> Iterator[Voice]:
    """Virtual phones that play either kind of voice, and the real phones that choose."""
    for kind in KINDS:
        config = population(
            kind,
            data / "speech",
            NAME,
            n_devices=N_DEVICES,
            sessions=1,
            speakers=1,
            sessions_with_same_speakers=2,
            speaker_part=PART,
        )
        chosen = takes(config, SEED)
        sounds = progress(render(config, SEED, chosen), len(chosen), f"rendering, {kind}")
        for take, (samples, rate_hz) in zip(chosen, sounds, strict=True):
            yield Voice(kind == "synthetic", take.speaker, Sound(samples, rate_hz))
    corpus = CorpusConfig(name="phones", reader="ccnu_mobile", root=data / "ccnu_mobile")
    table = read_corpus(corpus)
    devices = sorted(table["device"].unique())
    chosen_phones = {devices[k] for k in CHOOSING} - {SILENT_PHONE}
    for row in table[table["device"].isin(chosen_phones)].itertuples():
        yield Voice(False, f"phones {row.content}", Sound(*read(Path(row.path), channel=0)))


def measured(every: list[Voice], data: Path) -> Iterator[Row]:
    """Pieces of every length, as they are and through conditions, but what is refused anyway."""
    inside = [one for one in conditions(data) if one.is_inside]
    for number, voice in enumerate(progress(every, len(every), "measuring")):
        rng = np.random.default_rng([SEED, number])
        drawn = rng.choice(np.arange(1, len(inside)), CONDITIONS, replace=False)
        for length_s in LENGTHS_S:
            cut = piece(voice.sound, length_s, rng)
            for condition in (inside[0], *(inside[k] for k in drawn)):
                try:
                    made = condition.made(cut, rng)
                except MicfpError:  # AAC has no 64 kbit/s at 8 kHz
                    continue
                spectra = band_spectra(made.samples, made.rate_hz)
                found = quality(made.samples, made.rate_hz, spectra)
                measures = voice_measures(spectra)
                if unlike_what_was_validated(found) is None and measures is not None:
                    yield Row(voice.is_synthetic, voice.speaker, length_s, measures)


def fitted(rows: list[Row]) -> VoiceWeights:
    """The regression of all rows, and of each length the score that few real voices exceed.

    A fit leaves out whole variants of voices, whatever their accent.
    """
    X = np.array([row.measures for row in rows])
    y = np.array([row.is_synthetic for row in rows])
    length_s = np.array([row.length_s for row in rows])
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=3000),
    )
    speakers = [row.speaker.partition("+")[2] or row.speaker for row in rows]
    held_out = cross_val_predict(
        model, X, y, groups=speakers, cv=GroupKFold(FOLDS), method="decision_function"
    )
    points: dict[str, list[list[float]]] = {name: [] for name in SHARES}
    for length in LENGTHS_S:
        own = length_s == length
        for name, share in SHARES.items():
            most = round(float(np.quantile(held_out[own & ~y], 1 - share)), 3)
            points[name].append([round(ACTIVE * length, 3), most])
            caught = float(np.mean(held_out[own & y] > most))
            print(f"{length:g} s, {name}: above {most}, with {caught:.3f} of synthetic voices")
    model.fit(X, y)
    scaler, regression = model[0], model[1]
    return VoiceWeights.model_validate(
        {
            "made_of": f"{N_DEVICES} virtual phones and 15 real ones with real speech, against "
            "voices of espeak-ng",
            "centre": np.round(scaler.mean_, DIGITS).tolist(),
            "spread": np.round(scaler.scale_, DIGITS).tolist(),
            "weights": np.round(regression.coef_[0], DIGITS).tolist(),
            "offset": round(float(regression.intercept_[0]), DIGITS),
        }
        | points
    )


if __name__ == "__main__":
    main()
