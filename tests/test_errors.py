"""Sentences and names: one line, printable, bounded, whatever is in them."""

import json
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micfp.errors import LONGEST, MicfpError, printable, printable_json, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gerät 1, ø.wav", "Gerät 1, ø.wav"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("bad\udcff\udc80", "bad\\xff\\x80"),
        ("\x85\x9b31m", "\\u0085\\u009b31m"),
        ("a\u202egpj.wav", "a\\u202egpj.wav"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_cannot_be_shown_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected
    assert str(MicfpError(text)) == expected


@given(
    text=st.text() | st.text(st.characters(categories=["Cc", "Cf"])) | st.binary().map(os.fsdecode)
)
def test_any_text_becomes_one_line_of_utf8(text: str) -> None:
    shown_text = printable(text)
    assert shown_text.encode().decode() == shown_text
    assert len(shown_text.splitlines()) <= 1
    assert printable(shown_text) == shown_text
    written = printable_json(json.dumps([text], ensure_ascii=False))
    assert written.encode().decode() == written
    assert json.loads(written) == [text]


def test_a_sentence_is_bounded() -> None:
    said = str(MicfpError("x" * 28_000_000))
    assert len(said) <= LONGEST


@pytest.mark.parametrize("levels", [1, sys.getrecursionlimit() * 2])
def test_any_value_is_shown_shortly(levels: int) -> None:
    value: object = ["x" * 1000] * 1000
    for _ in range(levels):
        value = [value] * 9
    assert len(shown(value)) <= 80
    assert shown("a") == "'a'"
    assert shown(0.5) == "0.5"
