"""The site: built without a warning, complete, offline, and without an accessibility violation."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, browsing, opened, violations
from building.commands import commands, tree, verbs
from building.families import families, frame_families
from building.parameters import parameters, unit, values
from fences import CHECKOUT
from playwright.sync_api import Browser
from pydantic import BaseModel

from micfp.features.frames import FRAME_FAMILIES
from micfp.features.registry import FAMILIES
from micfp.plan.params import Params

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")
VIEWS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
# One of each kind of page.
SOME = (
    *("index", "results/index", "results/messenger", "howto/index", "howto/troubleshooting"),
    *("reference/commands", "reference/api", "reference/glossary", "tutorials/index"),
    *("explanation/likelihood-ratio", "design/architecture", "comparing-runs"),
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` makes it: a warning is an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", "-q"]
    command += ["-d", str(out / "doctrees"), str(CHECKOUT / "docs"), str(out / "html")]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return out / "html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as started:
        yield started


def test_every_verb_and_option_is_there(site: Path) -> None:
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    for words, command in verbs(tree()):
        assert f'<section id="micfp-{"-".join(words)}">' in page
        for param in command.params:
            assert all(name in page for name in param.opts if name.startswith("--")), words


def test_a_command_shows_its_group_its_help_and_its_examples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = dict(verbs(tree()))["verify",]
    monkeypatch.setattr(command, "rich_help_panel", "Which device made it")
    monkeypatch.setattr(command, "epilog", "\b\nExamples:\n  micfp verify a.wav b.wav")
    monkeypatch.setattr("building.commands.tree", lambda: _Group({"verify": command}))
    page = commands()
    assert page.startswith("## Which device made it\n\n### micfp verify\n")
    assert "Weigh whether one device made two recordings." in page
    assert "| `--sitting <str>` |" in page
    assert "```text\nExamples:\n  micfp verify a.wav b.wav\n```" in page


class _Group:
    def __init__(self, own: dict[str, object]) -> None:
        self.commands = own


def test_every_parameter_is_there() -> None:
    page = parameters()

    def names(model: BaseModel) -> Iterator[str]:
        for name in type(model).model_fields:
            yield name
            value = getattr(model, name)
            inner = value.values() if isinstance(value, dict) else value
            for each in inner if isinstance(value, dict | tuple) else (value,):
                if isinstance(each, BaseModel):
                    yield from names(each)

    missing = {
        name
        for name in names(Params())
        if f"| `{name}` |" not in page and f".{name}\n" not in page and f"## {name}\n" not in page
    }
    assert missing == set()


def test_every_parameter_has_a_description() -> None:
    rows = [line for line in parameters().splitlines() if line.startswith("| `")]
    assert len(rows) > 300
    assert [row for row in rows if row.endswith("|  |")] == []


def test_a_parameter_has_its_unit_and_its_range() -> None:
    page = parameters()
    # words_per_minute of bench.stimuli: 80 to 450, 170 by default
    assert "| `words_per_minute` | `170` | per minute | integer, ≥ 80, ≤ 450 |" in page
    assert "| `seed` | `42` |  | integer, ≥ 0, < 4294967296 |" in page
    assert "| `channel` | `mean` |  | `mean` or integer ≥ 0 |" in page
    assert values(Params.model_fields["shard_mb"]) == "number, > 0"
    assert [unit(name) for name in ("length_s", "level_dbfs", "kbit_s", "seed", "rate_hz")] == [
        *("s", "dBFS", "kbit/s", "", "Hz")
    ]


def test_an_axis_of_a_search_is_a_key_with_values_or_a_range() -> None:
    page = parameters()
    line = "**`search.axes[].NAME`**: Values between two ends; whole numbers where both ends are."
    assert f"{line} Or, in place of such a section: list of any values.\n" in page
    assert page.count("in place of such a section") < 10  # where there is a choice alone


def test_every_family_says_what_it_is_and_what_it_reads() -> None:
    rows = [row.strip("| ").split(" | ") for row in families().splitlines()[2:]]
    assert [row[0] for row in rows] == [f"`{name}`" for name in FAMILIES]
    of = {row[0].strip("`"): row[1:] for row in rows}
    assert of["lpcc"] == [
        "Linear prediction cepstral coefficients (Atal 1974).",
        "12",
        "`lpc_order`",
    ]
    assert of["rms"][1:] == ["1", "none"]
    assert of["ltas"][1:] == ["of the segment: 256", "`bands`"]
    assert all(row[0].endswith(".") for row in of.values())
    assert [row.split("`")[1] for row in frame_families().splitlines()[2:]] == [*FRAME_FAMILIES]


def test_sentences_of_the_two_files_of_the_checkout_are_pages(site: Path) -> None:
    assert "Adding a classifier" in (site / "howto" / "contributing.html").read_text("utf-8")
    assert "Keep a Changelog" in (site / "reference" / "changelog.html").read_text("utf-8")
    assert "mermaid" not in (site / "design" / "architecture.html").read_text("utf-8")


@needs_browser
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("name", SOME)
def test_axe_finds_nothing(
    site: Path, browser: Browser, name: str, width: int, scheme: str
) -> None:
    looked_at(browser, site / f"{name}.html", width, scheme)


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_axe_finds_nothing_on_any_page(
    site: Path, browser: Browser, width: int, scheme: str
) -> None:
    for file in sorted(site.rglob("*.html")):
        if "_static" not in file.parts:
            looked_at(browser, file, width, scheme)


def looked_at(browser: Browser, file: Path, width: int, scheme: str) -> None:
    """No violation, no request to anywhere, no scrolling sideways."""
    with opened(browser, file, width, scheme) as (page, asked):
        assert asked == []
        widths = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], file
        assert violations(page) == [], file


@needs_browser
def test_what_is_wrong_is_noticed(browser: Browser, tmp_path: Path) -> None:
    """A picture without a text, grey on grey, and something from elsewhere."""
    file = tmp_path / "wrong.html"
    file.write_text(
        "<!doctype html><html lang=en><title>t</title><main><h1>t</h1><img src=x.png>"
        '<p style="color:#aaa;background:#bbb">grey</p></main>'
        '<script src="https://example.org/a.js"></script>',
        encoding="utf-8",
    )
    with opened(browser, file, 390, "light") as (page, asked):
        assert asked == ["https://example.org/a.js"]
        rules = {found.partition(":")[0] for found in violations(page)}
    assert {"image-alt", "color-contrast"} <= rules


@needs_browser
def test_dark_is_dark(site: Path, browser: Browser) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        with opened(browser, site / "index.html", 1280, scheme) as (page, _):
            seen[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert seen == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 30)"}
