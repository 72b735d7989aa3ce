"""The model that micfp brings and its calibration belong together, and say on what they hang."""

from pathlib import Path

import numpy as np
import pytest

from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import SITTINGS
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.pairs import MEASURES, comparable
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder without a calibration of its own."""
    monkeypatch.chdir(tmp_path)


def fingerprints(n: int, seed: int) -> list[Fingerprint]:
    rng = np.random.default_rng(seed)
    vectors = 3 * rng.standard_normal((n, 4, N_BANDS)).astype(np.float32)
    return [Fingerprint(one, 4.0, 6.0, 16_000.0, 30.0) for one in vectors]


def test_what_micfp_brings_belongs_together() -> None:
    """Made anew whenever the model is: `snakemake fingerprint`, preset fingerprint."""
    for sitting in SITTINGS:
        weighing = load_weighing(sitting)
        assert weighing.calibration.model_sha256 == load_model(SHIPPED).sha256
        # Thirty real phones bound, whatever is known of the sitting.
        limits = weighing.calibrated.bounds
        assert -np.log10(30) - 1e-9 <= limits.lower < -0.9
        assert limits.upper == pytest.approx(np.log10(30))
        assert weighing.conditional_on()["sitting"] == sitting
    assert SHIPPED_CALIBRATION.stat().st_size < 200_000
    assert "no device was tested in two sittings" in load_weighing("any").in_words()


def test_one_of_the_working_directory_goes_first() -> None:
    text = SHIPPED_CALIBRATION.read_text(encoding="utf-8")
    Path("calibration.json").write_text(text.replace('"default"', '"our own"', 1), encoding="utf-8")
    assert load_weighing("any").calibration.name == "our own"
    Path("calibration.json").write_text("{}")
    with pytest.raises(MicfpError, match=r"^calibration.json: not a calibration of this version"):
        load_weighing("any")


def test_a_device_counts_by_the_mean_of_its_references() -> None:
    """As the model scores them one by one; a reference below its noise does not count."""
    model = load_model(SHIPPED).model
    references, (asked,) = fingerprints(3, 1), fingerprints(1, 2)
    noisy = Fingerprint(references[2].vectors, 4.0, 6.0, 16_000.0, 2.0)
    each = model.scores(references, [asked], "any")[:, 0]
    found = Devices(model, [references[:2], [references[2], noisy], [noisy]], "any").compare(asked)
    assert found.score[:2] == pytest.approx([each[:2].mean(), each[2]], abs=1e-3)
    assert found.compares.tolist() == [True, True, False]
    log2_references = found.quality[:, MEASURES.index("log2_references")]
    assert log2_references[:2].tolist() == [1.0, 0.0]  # two count, and one of two


def test_what_has_no_bands_in_common_does_not_compare() -> None:
    low, high = fingerprints(2, 3)
    low.vectors[:, 40:] = np.nan
    high.vectors[:, :40] = np.nan
    assert not comparable([low], [high]).any()
    high.vectors[:, 30:40] = 1.0  # ten bands of both
    assert comparable([low], [high]).all()
