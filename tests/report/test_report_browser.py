"""The report in a real browser, without a network: it can be read wherever it is opened."""

from pathlib import Path

import pypdf
import pytest
from browser import CHROMIUM, look, printed, violations_of

from micfp.report.build import build_report
from micfp.studies.registry import STUDIES

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

MODELS = [*(f"m{i:02d}-thesis-plain" for i in range(16)), "lda-ltas-plain"]
PHONE, DESK = 390, 1280

SIZES = """page => {
  const images = [...page.images];
  return {
    width: page.documentElement.clientWidth,
    scroll: page.documentElement.scrollWidth,
    images: images.length,
    broken: images.filter(image => !image.naturalWidth).length,
    headings: page.querySelectorAll("h2").length,
    parts: page.querySelectorAll("details.part").length,
  };
}"""
# Tables whose rows are models, and how many of them have to be scrolled.
MODEL_TABLES = """page => {
  const tables = [...page.querySelectorAll(".wide")].filter(
    table => table.querySelector("th").textContent == "Model");
  return [tables.length, tables.filter(t => t.scrollWidth > t.clientWidth).length];
}"""
# Where the first cell of the widest table stands in its frame, before and after it is scrolled.
FIRST_CELL = """page => {
  const wide = [...page.querySelectorAll(".wide")].reduce(
    (a, b) => a.scrollWidth < b.scrollWidth ? b : a);
  const left = () => wide.querySelector("tbody th").getBoundingClientRect().left
    - wide.getBoundingClientRect().left;
  const before = left();
  wide.scrollLeft = 200;
  return [before, left(), wide.scrollLeft];
}"""
LOOK = """(page, view) => ({
  paper: view.getComputedStyle(page.body).backgroundColor,
  drawing: view.getComputedStyle(page.querySelector("img.drawing")).filter,
  height: page.documentElement.scrollHeight,
})"""


@pytest.fixture
def report(new_results) -> Path:
    """Forty-five classes, one of a long name, and seventeen models; with a study."""
    long_name = "AVeryLongDeviceNameWithoutAnySpaces" * 3
    results = new_results(
        classes=[long_name, *(f"Phone {i}" for i in range(44))], models=list(MODELS)
    )
    results.params["report"]["thesis_figures"] = True
    for row in results.quality_rows[:6]:
        row["flags"] = "clipped, low_snr"
    results.write_confounds({0.0: (0.52, 0.41, 0.63), 1.5: (0.95, 0.9, 0.99)})
    return build_report(results.write(), STUDIES)


@pytest.fixture
def small_report(new_results) -> Path:
    """The same with five classes and two models: axe looks at every cell."""
    results = new_results()
    results.params["report"]["thesis_figures"] = True
    results.quality_rows[0]["flags"] = "clipped, low_snr"
    results.write_confounds({0.0: (0.52, 0.41, 0.63)})
    results.write_search()
    return build_report(results.write(), STUDIES)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_it_opens_offline_and_does_not_scroll_sideways(report, width):
    found = look(report, width, SIZES)
    assert width - 20 <= found["width"] <= width  # the scroll bar takes some
    assert found["scroll"] <= found["width"]
    assert found["images"] > 20
    assert found["broken"] == 0
    assert found["headings"] == 6  # summary, results, honesty, confounds, not asked, appendix
    assert found["parts"] == 8


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_axe_finds_nothing(small_report, width, dark):
    assert violations_of(small_report, width, dark=dark) == []


def test_axe_would_find_what_cannot_be_read(small_report):
    page = small_report.read_text().replace("--soft: #545b64", "--soft: #c4c4c4")
    small_report.write_text(page.replace("alt=", "data-x="))
    found = "\n".join(violations_of(small_report, DESK))
    assert "color-contrast: " in found
    assert "image-alt: " in found


def test_tables_of_models_fit_a_small_laptop(report):
    n_tables, n_scrolled = look(report, DESK, MODEL_TABLES)
    assert n_tables >= 6
    assert n_scrolled == 0


def test_the_name_of_a_row_stays_where_a_phone_scrolls(report):
    before, after, scrolled = look(report, PHONE, FIRST_CELL)
    assert scrolled == 200
    assert abs(after - before) < 1


def test_it_turns_dark_with_the_browser(report):
    light, dark = (look(report, DESK, LOOK, dark=dark) for dark in (False, True))
    assert (light["paper"], light["drawing"]) == ("rgb(255, 255, 255)", "none")
    # what the filter makes of white, 0.1 * 255 = 25.5, is the paper
    assert dark["paper"] == "rgb(26, 26, 26)"
    assert dark["drawing"] == "invert(0.9) hue-rotate(180deg)"


def test_it_is_short_until_something_is_opened(report):
    shut, opened = (look(report, DESK, LOOK, folds=state)["height"] for state in (False, True))
    assert shut < 7000
    assert opened > 4 * shut


def test_what_is_closed_is_not_printed(report, tmp_path):
    printed(report, tmp_path / "report.pdf")
    pages = pypdf.PdfReader(tmp_path / "report.pdf").pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert len(pages) <= 8
    assert "What it is worth" in text
    assert "Recordings and their check" in text  # its name
    assert "What the check measured" not in text
