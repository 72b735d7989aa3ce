"""What was tried to notice a changed pitch, and what the model makes of music.

    python benchmarks/refusal_trials.py DATA

On the recordings that choose thresholds (docs/design/evidence.md). Writes
`results/refusal_trials.csv`: what was tried, of which sound, and the share of pieces of 5 s.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from refusal_tries import (
    SEED,
    TAKE_S,
    Recording,
    Try,
    conditions,
    recordings,
    tries,
)

from micfp.bench.population import render, takes
from micfp.config.population import PopulationConfig
from micfp.degrade.kind import Sound
from micfp.fingerprint.closed_set.warps import warped
from micfp.fingerprint.embedding.content import frame_shapes
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import Spectra, band_spectra
from micfp.fingerprint.pitch import MOST_PERCENT, PERCENTS, changed_fingerprints

MODEL = load_model(SHIPPED).model
EVERY = 8
"""Of the recordings that choose, each eighth is tried."""
N_DEVICES = 25
ASKED = ("clean", "gsm", "room-0.4s", "pitch -20 %", "pitch -8 %", "pitch +8 %", "pitch +20 %")
ALSO = ("speed +8 %", "tempo +8 %", "tempo +20 %")
ASYMMETRIES = ((1000, 3400, 1), (1000, 3400, 2), (300, 3400, 16))
"""Bands in Hz, and over how many ms a level changes."""
LEAST_ASYMMETRY = 0.25
Rows = list[dict[str, object]]


def main(data: Path) -> None:
    """Try everything, and write the table."""
    rows = by_itself(data) + other_sitting(data) + of_tempo(data) + of_music(data)
    Path("results").mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv("results/refusal_trials.csv", index=False)
    print(pd.DataFrame(rows).to_string())


def _tried(sounds: list[Recording], name: str, data: Path) -> list[Try]:
    listed = conditions(data)
    number = next(k for k, one in enumerate(listed) if one.name == name)
    return [one for one in tries(sounds, listed[number], number) if one.length_s == 5]


def by_itself(data: Path) -> Rows:
    """The content model's best change, and skewness, of recordings alone."""
    sounds = recordings(data, True)[::EVERY]
    rows: Rows = []
    for name in (*ASKED, *ALSO):
        found = _tried(sounds, name, data)
        beyond = [abs(content_percent(one.sound)) > MOST_PERCENT for one in found]
        even = [asymmetry(one.sound) < LEAST_ASYMMETRY for one in found]
        rows.append(_row("beyond 6 % by the content model", name, np.mean(beyond)))
        rows.append(_row(f"skewness below {LEAST_ASYMMETRY}", name, np.mean(even)))
    return rows


def content_percent(sound: Sound) -> int:
    """The change whose undoing brings frames nearest to the classes of speech."""
    spectra = band_spectra(sound.samples, sound.rate_hz)
    return PERCENTS[int(np.argmin([_distance(warped(spectra, 1 + p / 100)) for p in PERCENTS]))]


def _distance(spectra: Spectra) -> float:
    sounding, levels_db = spectra.sounding()
    shapes, there = frame_shapes(sounding.level_db, sounding.present)
    shapes = shapes[levels_db > np.quantile(levels_db, 0.3)][:, there]
    centroids = MODEL.content.centroids[:, there]
    squares = np.square(shapes).sum(axis=1)[:, None] + np.square(centroids).sum(axis=1)
    return float((squares - 2 * shapes @ centroids.T).min(axis=1).mean())


def asymmetry(sound: Sound) -> float:
    """Skewness of level changes: above 0, since natural sound rises faster than it falls."""
    return float(np.mean([_skewness(sound, *one) for one in ASYMMETRIES]))


def _skewness(sound: Sound, low_hz: float, high_hz: float, over_ms: int) -> float:
    n, ms = len(sound.samples), round(sound.rate_hz / 1000)
    hz = np.fft.fftfreq(n, 1 / sound.rate_hz)
    spectrum = np.where((hz >= low_hz) & (hz < high_hz), np.fft.fft(sound.samples), 0)
    power = np.square(np.abs(np.fft.ifft(spectrum)))[: n // ms * ms].reshape(-1, ms).mean(axis=1)
    power = np.convolve(power, np.full(over_ms, 1 / over_ms), "valid")
    level = 10 * np.log10(power + 1e-12)
    before, after = level[:-over_ms], level[over_ms:]
    change = (after - before)[np.maximum(before, after) > np.quantile(level, 0.9) - 30]
    return float(np.mean(change**3) / np.mean(change**2) ** 1.5)


def other_sitting(data: Path) -> Rows:
    """Beside references of another session and speaker: which changes fit best."""
    rendered = _rendered(data / "speech", sessions=2, part=(0, 2))
    references = [_fingerprint(rendered[k, 0, 0]) for k in range(N_DEVICES)]
    sounds = [Recording("virtual", rendered[k, 1, 1]) for k in range(N_DEVICES)]
    beyond = np.abs(PERCENTS) > MOST_PERCENT
    rows: Rows = []
    for name in ASKED:
        refused = []
        for one in _tried(sounds, name, data):
            spectra = band_spectra(one.sound.samples, one.sound.rate_hz)
            changed = changed_fingerprints(MODEL, spectra)
            best = MODEL.scores(references, changed, "other").max(axis=0)
            refused.append(best[beyond].max() > best[~beyond].max())
        rows.append(_row("beyond 6 % beside another sitting", name, np.mean(refused)))
    return rows


def of_tempo(data: Path) -> Rows:
    """Phones that choose, named by their first utterance at another tempo."""
    sounds = [one for one in recordings(data, True) if one.source == "phones"]
    references = [_fingerprint(one.sound) for one in sounds if one.utterance == "1"]
    asked = [one for one in sounds if one.utterance == "2"]
    rows: Rows = []
    for name in ("clean", "tempo -20 %", "tempo +20 %"):
        tests = [_fingerprint(one.sound) for one in _tried(asked, name, data)]
        named = MODEL.scores(references, tests, "same").argmax(axis=0)
        rows.append(_row("named correctly among 15 phones", name, np.mean(named == np.arange(15))))
    return rows


def of_music(data: Path) -> Rows:
    """How often different virtual phones score above log 100, natural, in one session."""
    rows: Rows = []
    for folder, part in (("speech", (0, 2)), ("music", (0, 1))):
        rendered = _rendered(data / folder, sessions=1, part=part)
        first, second = (
            [_fingerprint(rendered[k, 0, slot]) for k in range(N_DEVICES)] for slot in (0, 1)
        )
        scores = MODEL.scores(first, second, "other")
        different = scores[~np.eye(N_DEVICES, dtype=bool)]
        rows.append(
            _row("different phones above log 100", folder, np.mean(different > np.log(100)))
        )
    return rows


def _rendered(
    speech: Path, sessions: int, part: tuple[int, int]
) -> dict[tuple[int, int, int], Sound]:
    """Takes by device, session and speaker."""
    config = PopulationConfig(
        name="refusals choose",
        n_devices=N_DEVICES,
        sessions=sessions,
        speakers=2,
        sessions_with_same_speakers=1,
        take_s=TAKE_S,
        speech_from=speech,
        speaker_part=part,
    )
    listed = takes(config, SEED)
    return {
        (one.device, one.session, one.slot): Sound(*made)
        for one, made in zip(listed, render(config, SEED, listed), strict=True)
    }


def _fingerprint(sound: Sound) -> Fingerprint:
    return MODEL.fingerprint(sound.samples, sound.rate_hz)


def _row(tried: str, sound: str, share: np.floating) -> dict[str, object]:
    return {"tried": tried, "sound": sound, "share": float(share)}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/refusal_trials.py DATA")
    main(Path(sys.argv[1]))
