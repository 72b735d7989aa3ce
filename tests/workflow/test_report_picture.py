"""docs/report.png, the first page of a report of real phones: made, and compared, here.

Where the report was meant to change, this writes the picture anew:

    MICFP_RENEW_PICTURE=1 python -m pytest -n 0 tests/workflow/test_report_picture.py
"""

import os
from pathlib import Path

import numpy as np
import pytest
import yaml
from browser import CHROMIUM, screenshot, violations_of
from PIL import Image
from tiny_pipeline import CHECKOUT, Place, place

PICTURE = CHECKOUT / "docs" / "report.png"
WIDTH, HEIGHT = 1120, 1330
# The preset with two models, and without what the first page says nothing of.
FEWER = {
    "models": [
        {"features": "ltas", "preparation": "plain", "classifiers": ["lda"]},
        {"features": "thesis", "preparation": "plain", "classifiers": ["svc", "knn"]},
    ],
    "overfitting": {"shuffles": 1, "learning_curve_shares": [1.0], "regularisation": {}},
    "split_comparison": {"random": None},
    "report": {"spectrograms": 30},
}
MOST_DIFFERENT = 12.0
"""Mean over pixels, of 255: what other fonts than those of the picture make is below it."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """The report of thirty phones."""
    here: Place = place(tmp_path_factory.mktemp("phones") / "run", Path("unused"))
    (here.folder / "params.yaml").write_text((CHECKOUT / "params.yaml").read_text())
    corpus = {"corpus": {"root": str(shared_data / "ccnu_mobile")}}
    (here.folder / "fewer.yaml").write_text(yaml.safe_dump(FEWER | corpus))
    preset = "workflow/presets/ccnu_mobile.yaml"
    here.make("all", "--configfile", "params.yaml", preset, "fewer.yaml")
    return here.folder / "results" / "report.html"


def test_axe_finds_nothing_in_a_real_report(report: Path) -> None:
    assert violations_of(report, 390, dark=True) == []


def test_the_picture_in_the_readme_is_this_report(report: Path, tmp_path: Path) -> None:
    screenshot(report, tmp_path / "now.png", WIDTH, HEIGHT)
    now = Image.open(tmp_path / "now.png").convert("RGB").quantize(48)
    if "MICFP_RENEW_PICTURE" in os.environ:
        now.save(PICTURE, optimize=True)
    kept = Image.open(PICTURE)
    assert kept.size == now.size == (WIDTH, HEIGHT)
    pixels = [np.asarray(image.convert("L"), np.float64) for image in (kept, now)]
    assert np.abs(pixels[0] - pixels[1]).mean() < MOST_DIFFERENT
    assert PICTURE.stat().st_size < 200_000
