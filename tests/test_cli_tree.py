"""What the help says: every verb in a group, its summary whole, two examples that would run."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from micfp import progress
from micfp.cli import app
from micfp.cli.tree import summary

ROOT: Any = typer.main.get_command(app)


def verbs(group: Any = ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every verb that a person sees, with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, (*words, name))
        elif not command.hidden:
            yield (*words, name), command


VERBS = dict(verbs())


def examples_of(command: Any) -> list[list[str]]:
    lines = (command.epilog or "").splitlines()[2:]
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_has_two_examples_that_it_understands(words):
    examples = examples_of(VERBS[words])
    assert len(examples) == 2
    for example in examples:
        assert tuple(example[: 1 + len(words)]) == ("micfp", *words)
        # parsed as a person's words are: unknown options, missing ones and wrong types raise
        VERBS[words].make_context("micfp", example[1 + len(words) :])


def test_an_example_with_an_unknown_option_would_be_noticed():
    with pytest.raises(Exception, match="No such option"):
        VERBS["identify",].make_context("micfp", ["a.wav", "--cas", "x"])


def test_a_name_that_falls_apart_at_its_space_is_understood(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["micfp", "verify", "two", "seconds.opus", "interview.wav"])
    with pytest.raises(SystemExit) as end:
        app()
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert "unexpected extra argument(s) (interview.wav); names with spaces need quotes" in said


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_every_verb_can_be_quiet(words):
    assert any("--quiet" in option.opts for option in VERBS[words].params)


def test_summaries_are_whole_and_in_groups(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["micfp", "--help"])
    with pytest.raises(SystemExit):
        app()
    said = capsys.readouterr().out
    assert "..." not in said.partition("Which device made it:")[2]
    plain = " ".join(said.split())
    for words, command in VERBS.items():
        if len(words) == 1:
            assert f"{words[0]} {summary(command.help)}" in plain
    headings = [line for line in said.splitlines() if line and not line.startswith(" ")]
    assert headings[-4:] == [
        "Which device made it:",
        "What a recording tells:",
        "Your own recordings:",
        "The pipeline:",
    ]


def test_quiet_shows_no_progress(capsys, monkeypatch):
    assert list(progress.progress(iter("abc"), 3, "reading")) == ["a", "b", "c"]
    assert "reading: 3 of 3" in capsys.readouterr().err
    monkeypatch.setattr(progress, "shown", False)
    assert list(progress.progress(iter("abc"), 3, "reading")) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""
