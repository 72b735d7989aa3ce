"""How often a recording is refused, inside and outside what was validated.

    python benchmarks/refusals.py DATA [--choose]

DATA holds `ccnu_mobile`, `speech`, `noise` and `music`. Each condition of docs/design/evidence.md
is tried on the recordings that judge, or with `--choose` on those that thresholds were chosen on.
Writes `results/refusals.csv` (or `refusals_choose.csv`), a row a try, of which
`python benchmarks/tables.py refusals` makes the table. Of the phones, pieces of utterances 2 to 4
are also put beside references, utterance 1 of every phone, with their own among them and without:
a changed pitch shows there.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from refusal_tries import (
    Condition,
    Recording,
    Try,
    conditions,
    libri_speech,
    music,
    recordings,
    tries,
)

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import Spectra, band_spectra
from micfp.fingerprint.pitch import changed_fingerprints, pitch_change, shows_pitch
from micfp.fingerprint.quality import quality, refusal

REFERENCE = "1"
BESIDE_REFERENCES = ("inside", "pitch", "speed", "tempo")
"""Groups that are compared with references."""
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--choose", action="store_true")
    asked = parser.parse_args()
    numbers = range(len(conditions(asked.data)) + 2)
    jobs = [(asked.data, asked.choose, number) for number in numbers]
    rows: list[Row] = []
    with ProcessPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for found in pool.map(tried, jobs):
            refused = sum(row["is_refused"] for row in found)
            print(f"{found[0]['condition']}: {refused} of {len(found)} refused", flush=True)
            rows += found
    name = "refusals_choose.csv" if asked.choose else "refusals.csv"
    Path("results").mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(Path("results") / name, index=False)


def tried(job: tuple[Path, bool, int]) -> list[Row]:
    """Every try of one condition; the last two are clean music, and LibriSpeech as it is."""
    data, choose, number = job
    listed = conditions(data)
    if number < len(listed):
        sounds, condition = _sounds(data, choose), listed[number]
    elif number == len(listed):
        sounds, condition = music(data), Condition("neither", "music", None, listed[0].made)
    else:
        sounds, condition = (
            libri_speech(data),
            Condition("neither", "LibriSpeech", None, listed[0].made),
        )
    rows = []
    for one in tries(sounds, condition, number):
        spectra = band_spectra(one.sound.samples, one.sound.rate_hz)
        measured = quality(one.sound.samples, one.sound.rate_hz, spectra)
        row = {
            "group": condition.group,
            "condition": condition.name,
            "is_inside": condition.is_inside,
            "source": one.recording.source,
            "length_s": one.length_s,
            "is_refused": (reason := refusal(measured)) is not None,
            "reason": reason,
            **asdict(measured),
        }
        if condition.group in BESIDE_REFERENCES and one.recording.source == "phones":
            row |= _beside(_references(data, choose), one, spectra)
        rows.append(row)
    return rows


def _beside(references: dict[str, Fingerprint], one: Try, spectra: Spectra) -> Row:
    """What comparing adds, with the phone enrolled and not; nothing where it is not asked."""
    if one.recording.utterance == REFERENCE or not shows_pitch(spectra):
        return {}
    others = [found for device, found in references.items() if device != one.recording.device]
    changed = changed_fingerprints(_model(), spectra)
    return {
        "gain_enrolled": pitch_change(_model(), list(references.values()), changed).gain,
        "gain_not_enrolled": pitch_change(_model(), others, changed).gain,
    }


@lru_cache(maxsize=1)
def _sounds(data: Path, choose: bool) -> list[Recording]:
    return recordings(data, choose)


@lru_cache(maxsize=1)
def _references(data: Path, choose: bool) -> dict[str, Fingerprint]:
    return {
        one.device: _model().fingerprint(one.sound.samples, one.sound.rate_hz)
        for one in _sounds(data, choose)
        if one.source == "phones" and one.utterance == REFERENCE
    }


@lru_cache(maxsize=1)
def _model() -> FingerprintModel:
    return load_model(SHIPPED).model


if __name__ == "__main__":
    main()
