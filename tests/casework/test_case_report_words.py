"""The words of a report: whole in both languages, and checked where they come from a file."""

from math import log10
from pathlib import Path

import pytest
from made_up_case import write_case

from micfp.casework.case_file import open_case
from micfp.casework.report import language
from micfp.casework.report.build import build
from micfp.casework.report.html import render_html
from micfp.casework.report.language import load_language
from micfp.errors import MicfpError
from micfp.evidence.verbal import support

ENGLISH = Path(language.__file__).with_name("en.toml")
GERMAN = Path(language.__file__).with_name("de.toml")


@pytest.mark.parametrize("shipped", [ENGLISH, GERMAN])
def test_what_micfp_brings_is_whole(shipped: Path) -> None:
    """Read as a stranger's file: every key is there, no other, and every place is known."""
    assert load_language(str(shipped)).code == shipped.stem


def test_numbers_as_a_language_writes_them() -> None:
    english, german = load_language("en"), load_language("de")
    assert (english.number(-1.25, 2, sign=True), german.number(1.25, 2, sign=True)) == (
        "-1.25",
        "+1,25",
    )
    # 10 ** -0.33 = 0.468
    assert (english.ratio(-0.33), german.ratio(-0.33)) == ("0.47", "0,47")


def test_the_verbal_scale_in_both_languages() -> None:
    """The steps of the guideline: 2, 10, 100, 1000, 10 000, 1 000 000."""
    english, german = load_language("en"), load_language("de")
    said = []
    for lr in (1.9, 9.9, 99.0, 999.0, 9999.0, 999_999.0, 1e7):
        assert english.support(log10(lr)) == english.support(-log10(lr)) == support(log10(lr))
        said.append(german.support(log10(lr)).split(" Unterstützung")[0])
    steps = ["schwache", "mäßige", "mäßig starke", "starke", "sehr starke", "äußerst starke"]
    assert said[1:] == steps
    assert german.weighed(1.5) == (
        "Der Befund ist 32-mal so wahrscheinlich, wenn H1 zutrifft, wie wenn H2 zutrifft: "
        "mäßige Unterstützung für H1."
    )
    assert english.weighed(-0.1).endswith("as if H2 is: no support for either.")


def test_another_language_by_a_file(tmp_path: Path) -> None:
    words = ENGLISH.read_text().replace('code = "en"', 'code = "fr"')
    words = words.replace('limits = "Limits"', 'limits = "Limites {{}}"')
    (tmp_path / "fr.toml").write_text(words)
    with open_case(write_case(tmp_path / "case.micfp", "one", "two")) as case:
        page = render_html(build(case, load_language(str(tmp_path / "fr.toml"))))
    assert '<html lang="fr">' in page
    assert "3 Limites {}</h2>" in page


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('skip = "To the content"\n', "", "language.skip is missing"),
        ('page = "Page"\n', 'page = ["Page"]\n', "language.page is one text where it should be"),
        ('page = "Page"\n', "page = 1\n", "language.page is no text"),
        ('page = "Page"\n', 'page = "Page"\nmore = "x"\n', "language.more is no part of a report"),
        ("of {n} ", "of {n.__class__} ", "has a place that is none: n.__class__"),
        ('"and {n} more"', '"and {0} more"', "language.and_more has a place that is none: 0"),
        ('"and {n} more"', '"and {n:>9999999} more"', "has a place that is none: n:>9999999"),
        ('"and {n} more"', '"and {n more"', "not the words of a report (expected '}'"),
        ('"weak support", ', "", "evidence.support has not 7 steps"),
        ("said = []", 'said = ["x"]', "known.english and known.said are not as many"),
        ("[language]", "[language", "not the words of a report ("),
        ("[language]", "x = 1\n[language]", "'x' stands outside of a section"),
    ],
)
def test_words_that_no_report_can_be_made_of(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "words.toml"
    text = ENGLISH.read_text().replace("Recordings asked about: {n}", "Of {n} ".replace("O", "o"))
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(MicfpError) as raised:
        load_language(str(path))
    assert said in str(raised.value)
    assert str(raised.value).startswith(f"{path}: not the words of a report (")
