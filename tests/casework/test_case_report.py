"""`micfp report`: what stands in it and where, for whom, and that it is the same each time."""

import io
import itertools
import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from made_up_case import ask, asked_by, enrol, identified, write_case
from pypdf import PdfReader

from micfp.casework.case_file import open_case
from micfp.casework.files import LoggedFile
from micfp.casework.report.build import build
from micfp.casework.report.document import Document
from micfp.casework.report.html import render_html
from micfp.casework.report.language import load_language
from micfp.casework.report.pdf import render_pdf
from micfp.cli import main
from micfp.errors import MicfpError
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION

SHIPPED_ROWS = json.loads(SHIPPED_CALIBRATION.read_text())["validated"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_case(tmp_path / "case.micfp", "desk phone", "disc")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, which no test changes."""
    return write_case(tmp_path_factory.mktemp("whole") / "case.micfp", "desk phone", "disc")


@cache
def made_once(path: Path, language: str = "en") -> Document:
    return made(path, language)


def made(path: Path, language: str = "en", calibration: Path | None = None) -> Document:
    with open_case(path) as case:
        return build(case, load_language(language), calibration)


def pages(pdf: bytes) -> list[str]:
    """Text of each page, every stretch of space one space."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


# --- what stands where ----------------------------------------------------------------------------


def test_question_answer_and_limits_are_on_the_first_page(whole: Path) -> None:
    first = pages(render_pdf(made_once(whole)))[0]
    question, answer, limits = (
        first.index(title) for title in ("1 Question and hypotheses", "2 Answer", "3 Limits")
    )
    assert question < answer < limits
    asked = first[question:answer]
    assert "Which of the enrolled devices made each, or none of them?" in asked
    assert "Enrolled: desk phone, disc." in asked
    assert "H1: the enrolled device that stands beside the ratio, or one of its model that" in asked
    assert "H2: any other phone made it." in asked
    assert "H1: one device, or two of one model that sound alike, made both. • H2: two" in asked
    found = first[answer:limits]
    assert "note.ogg" in found
    # log10 1.5 is 31.6, bounded at 1.5; 10 ** 1.4 = 25.1 and 10 ** 1.6 = 39.8
    assert "32 (25 or more), bounded" in found
    assert "32 times likelier if H1 is true than if H2 is: moderate support for H1." in found
    assert "None of the enrolled devices" in found
    # log10 -0.33: 1 / 0.468 = 2.14
    assert "2.1 times likelier if H2 is true than if H1 is: weak support for H2." in found
    assert "nothing but silence" in found
    said = first[limits:]
    assert "It is not the probability that a device made a recording" in said
    # 10 ** -1.25 = 0.056
    assert "No ratio below 0.056 or above 32 is stated (sitting: not said)" in said
    assert "Two devices of one model may sound alike or differ" in said


@pytest.mark.parametrize("language", ["en", "de"])
def test_however_much_was_asked_the_limits_are_on_the_first_page(
    tmp_path: Path, language: str
) -> None:
    """Twelve long names, nine questions of all sittings, refusals that say a lot, no glyph."""
    path = tmp_path / "case.micfp"
    names = [f"{number} 手 a phone with an unreasonable name " + "x" * 150 for number in range(12)]
    with open_case(path, create=True) as case:
        last = enrol(case, *names)
        for number in range(9):
            sitting = ("same", "other", "any")[number % 3]
            name = f"recording-{'y' * 200}-{number}.wav"
            refused = f"{name}: {'too much of everything, ' * 40}" if number % 4 else None
            ranking = [] if refused else [(each, -0.2) for each in names]
            ask(case, 100 + number, identified(name, ranking, None, sitting, refused), last)
    document = made(path, language)
    texts = pages(render_pdf(document))
    sentences = document.front[2].blocks[0].sentences
    assert len(sentences) > 10
    for sentence in sentences:
        assert sentence in texts[0]
    assert document.sections[0].title not in texts[0]
    assert document.sections[0].title in texts[1]


def test_everything_of_the_log_is_in_it(whole: Path) -> None:
    page = render_html(made_once(whole))
    with open_case(whole) as case:
        entries = case.entries()
    for entry in entries:
        assert entry.sha256[:16] in page
        for file in entry.files:
            assert file.sha256 in page
            assert Path(file.path).name in page
    assert entries[-1].sha256 in page
    for log10_lr in ("+1.50", "-0.84", "-0.33", "-1.25", "+0.60"):
        assert f">{log10_lr}<" in page
    assert "micfp case repeat case.micfp" in page
    assert "micfp identify in/note.ogg --case case.micfp --sitting any" in page
    assert "a.wav: it has 2 channels: their mean is used" in page
    # Of the calibration that micfp brings: clean, 1 s, nobody knows the sitting.
    assert "How good the ratios were, 1 s of each recording, sitting: not said" in page
    rows = [one for one in SHIPPED_ROWS if (one["sitting"], one["test_s"]) == ("any", 1)]
    assert len(rows) > 10
    for row in rows:
        assert f">{row['n_different']}</td>" in page


def test_a_case_in_which_nothing_was_asked(tmp_path: Path) -> None:
    with open_case(tmp_path / "case.micfp", create=True) as case:
        enrol(case, "one")
    document = made(tmp_path / "case.micfp")
    assert "Nothing was asked of this case yet" in pages(render_pdf(document))[0]
    assert "Likelihood" not in render_html(document)


def test_what_was_removed_since_is_said(path: Path) -> None:
    with open_case(path) as case:
        case.remove("disc")
    page = render_html(made(path))
    assert page.count("removed since<") == 2
    assert "References that were removed since have no curve." in page
    assert ">removed: disc<" in page


def test_what_scan_and_inspect_found(path: Path) -> None:
    file = [LoggedFile("x.wav", "a" * 64)]
    scanned = {
        "path": "x.wav",
        "duration_s": 9.5,
        "changes": [
            {
                "time_s": 3.5,
                "interval_s": [3.4, 3.6],
                "track": "device",
                "log10_lr": 1.25,
                "what": "another device goes on",
                "beside": ["background"],
            }
        ],
        "segments": [
            {"start_s": 0.0, "stop_s": 3.5, "device": "desk phone"},
            {"start_s": 3.5, "stop_s": 9.5, "device": None},
        ],
        "refused": None,
        "warnings": [],
    }
    field = {"name": "order", "value": [1, 2], "reader": "micfp", "place": "fmt", "group": "file"}
    read = {"path": "x.wav", "fields": [field], "refused": None}
    with open_case(path) as case:
        case.record("scan", asked_by(), scanned, file)
        case.record("scan", asked_by(), scanned | {"changes": []}, file)
        case.record("scan", asked_by(), scanned | {"refused": "x.wav: too short"}, file)
        case.record("inspect", {}, read | {"inconsistencies": ["says A, is B"]}, file)
    page = render_html(made(path))
    assert "Changes inside recordings" in page
    assert (
        "Recordings scanned for changes inside them: 1. With a change: x.wav (section Changes "
        "inside recordings)." in page
    )
    assert "Files inspected: 1. With something that does not fit together: x.wav" in page
    assert "3.40 to 3.60" in page
    assert "No change was found." in page
    assert "Nothing is said of the device: x.wav: too short" in page
    assert ">another device goes on; at the same place: background</td>" in page
    assert page.count(">nothing is concluded</td>") == 3
    assert "Time axis of 9.5 s: desk phone from 0.00 to 3.50 s; nothing is concluded from" in page
    assert "<li>says A, is B</li>" in page
    assert ">order</th>" in page
    assert ">1, 2</td>" in page
    with open_case(path) as case:
        case.record("scan", asked_by(), {"path": "x.wav", "changes": [{"time_s": -1}]}, file)
    with pytest.raises(MicfpError, match="is damaged \\(entry 14 of the log: "):
        made(path)


def test_a_calibration_that_is_not_here_is_said(tmp_path: Path) -> None:
    path = tmp_path / "case.micfp"
    with open_case(path, create=True) as case:
        last = enrol(case, "one")
        answer = identified("a.wav", [("one", 0.5)], "one")
        question = asked_by(enrolled_by=last, calibration_sha256="9" * 64)
        case.record("identify", question, answer, [LoggedFile("a.wav", "a" * 64)])
    page = render_html(made(path))
    assert f"The calibration with the digest {'9' * 64} is not here" in page


# --- a broken case --------------------------------------------------------------------------------


def test_of_a_case_that_is_not_what_was_written_there_is_no_report(path: Path) -> None:
    content = path.read_bytes()
    place = content.index(b'"log10_lr":-0.84')
    path.write_bytes(content.replace(b'"log10_lr":-0.84', b'"log10_lr":+9.84'[:16]))
    assert place
    with pytest.raises(MicfpError, match="is not what was written, and there is no report of it: "):
        made(path)


# --- the same bytes -------------------------------------------------------------------------------


def test_the_same_case_gives_the_same_bytes(path: Path) -> None:
    first, again = made(path), made(path)
    assert render_html(first) == render_html(again)
    assert render_pdf(first) == render_pdf(again)


# --- names of strangers ---------------------------------------------------------------------------


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    odd = "<script>x</script> #panic() $x$ *b* {device}"
    path = write_case(tmp_path / "case.micfp", odd, "two")
    document = made(path)
    page = render_html(document)
    assert "<script" not in page
    assert "&lt;script&gt;x&lt;/script&gt; #panic() $x$ *b* {device}" in page
    text = "".join(pages(render_pdf(document))).replace(" ", "")
    assert "<script>x</script>#panic()$x$*b*{device}" in text


def test_characters_without_a_glyph_stand_as_numbers_and_that_is_said(tmp_path: Path) -> None:
    path = write_case(tmp_path / "case.micfp", "手机 😀", "two")
    document = made(path)
    assert "手机 😀" in render_html(document)
    first = pages(render_pdf(document))[0]
    assert "[U+624B][U+673A] [U+1F600]" in first
    assert "stands as its number in Unicode" in first
    with open_case(tmp_path / "b.micfp", create=True) as case:
        enrol(case, "Ünlü Ελληνικά")
    drawn = "".join(pages(render_pdf(made(tmp_path / "b.micfp"))))
    assert "Ünlü Ελληνικά" in drawn
    assert "stands as its number in Unicode" not in drawn


# --- for every reader -----------------------------------------------------------------------------


def test_the_pdf_is_tagged_and_says_which_standards_it_keeps(whole: Path) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(made_once(whole, "de"))))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == "Bericht: Aufnahmen und ihre Geräte"
    said = root["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    assert "<pdfaid:part>2</pdfaid:part>" in said
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in said
    kinds = list(tags(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/LI", "/P", "/Figure"} <= set(kinds)
    figures = [one for one in elements(root["/StructTreeRoot"]) if one.get("/S") == "/Figure"]
    assert len(figures) == 4  # of two recordings: ratios, and responses
    assert all(str(one["/Alt"]) for one in figures)
    assert [one.title for one in reader.outline if not isinstance(one, list)][:1] != []


def elements(node: object) -> list[dict[str, object]]:
    """Every element of a tree of structure."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [inner for one in node for inner in elements(one)]
    if not isinstance(node, dict):
        return []
    own = [node] if "/S" in node else []
    return own + (elements(node["/K"]) if "/K" in node else [])


def tags(node: object) -> list[str]:
    return [str(one["/S"]) for one in elements(node)]


def test_the_page_says_its_structure(whole: Path) -> None:
    page = render_html(made_once(whole, "de"))
    assert '<html lang="de">' in page
    for landmark in ("<header>", "<main ", "<nav "):
        assert page.count(landmark) == 1
    levels = [int(found) for found in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    tables = page.split("<table>")[1:]
    assert len(tables) > 8
    for table in tables:
        assert table.lstrip().startswith("<caption ")
        heads, body = table.split("</thead>")
        assert heads.count("<th ") == heads.count('<th scope="col"')
        rows = body.split("<tr>")[1:]
        assert all('<th scope="row"' in row for row in rows)
    images = re.findall(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="([^"]+)">', page)
    assert len(images) == page.count("<img ") == 4
    assert "desk phone: 32, 25 bis 40" in images[0]
    assert 'href="http' not in page
    assert 'src="http' not in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


# --- the command ----------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["micfp", "report", *words])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_command_writes_both(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(path.parent)
    assert run(monkeypatch, "--pdf", "r.pdf", "--language", "de") == 0
    assert capsys.readouterr().out == "report.html: the report\nr.pdf: the same as a PDF\n"
    assert Path("report.html").read_text().startswith("<!doctype html>")
    assert Path("r.pdf").read_bytes().startswith(b"%PDF-")
    assert {one.name for one in Path().iterdir()} == {"case.micfp", "report.html", "r.pdf"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.micfp",), "no none.micfp here"),
        (("--language", "fr"), "fr: no such language; give en, de, or a TOML file of words"),
        (
            ("--out", "no/report.html"),
            "no/report.html: the report could not be written there (No such",
        ),
    ],
)
def test_wrong_use(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(path.parent)
    assert run(monkeypatch, *words) == 2
    assert said in capsys.readouterr().err
    assert [one.name for one in Path().iterdir()] == ["case.micfp"]
