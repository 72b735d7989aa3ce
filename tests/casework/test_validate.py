"""Validation on a laboratory's own recordings: propositions and populations."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from micfp.casework.validate import OF_UNITS, _proposition, validate
from micfp.config.audio import corpus_at
from micfp.corpora import read_corpus
from micfp.errors import MicfpError
from micfp.evidence.calibration import Validated
from micfp.evidence.calibration_file import write_calibration
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.weighed.weighing import load_weighing

ROW = Validated("ours", OF_UNITS, "any", 1.0, 10, 100, 100, 0.2, 0.1, 0.02, 0.02, 0.0)


def test_a_unit_is_told_only_where_units_were_recorded_on_another_day() -> None:
    other = replace(ROW, sitting="other")
    assert _proposition([ROW, other]) == "unit"
    # Recorded once each, units differ by their sittings, whatever the phones do.
    assert _proposition([ROW]) == "model"
    assert _proposition([ROW, replace(other, misleading_10=0.04)]) == "model"
    assert _proposition([replace(other, condition="pcm_s16")]) == "model"
    assert _proposition([]) == "model"


@pytest.fixture(scope="module")
def manifest(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight phones of two makes, some of them units of one model, two utterances each."""
    table = read_corpus(corpus_at(shared_data / "ccnu_mobile", "ccnu_mobile"))
    chosen = [make for make in ("Apple", "Xiaomi") if make in set(table["make"])]
    rows = []
    for make in chosen:
        devices = sorted(set(table[table["make"] == make]["device"]))[:4]
        rows.append(table[table["device"].isin(devices) & table["content"].isin(["1", "2"])])
    path = tmp_path_factory.mktemp("own") / "ours.csv"
    pd.concat(rows)[["path", "device", "make", "model", "content"]].to_csv(path, index=False)
    return path


def test_against_its_make_a_phone_is_weighed_by_phones_of_its_make(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_model(SHIPPED)
    config = corpus_at(manifest, "manifest")
    found = validate(config, loaded, "ours", np.random.default_rng(1)).calibration
    rows = {row.condition: row for row in found.validated if row.test_s == 1.0}
    wide = next(row for name, row in rows.items() if name.startswith("pcm"))
    narrow = rows["against another model of its make"]
    # Four phones of each of two makes: against all, most pairs are of two makes.
    assert narrow.n_different < 0.5 * wide.n_different
    assert list(found.narrower) == ["make"]
    write_calibration(found, Path("calibration.json"))
    weighing = load_weighing("any", population="make")
    assert weighing.alternative == "another model of the same make"
    assert weighing.conditional_on()["population"] == weighing.alternative
    assert weighing.calibrated.bounds.upper <= np.log10(8)
    assert load_weighing("any").calibrated.logistic != weighing.calibrated.logistic
    with pytest.raises(MicfpError, match="not calibrated against another unit of the same model"):
        load_weighing("any", population="model")


def test_what_micfp_brings_knows_no_makes() -> None:
    with pytest.raises(MicfpError, match="not calibrated against another model of the same make"):
        load_weighing("any", population="make")
    with pytest.raises(MicfpError, match="'brand' is no population: give any, make, model"):
        load_weighing("any", population="brand")
