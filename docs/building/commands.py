"""Every command of `micfp`, from the tree that the program itself parses with."""

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from micfp.cli import app

PROGRAM = "micfp"


def tree() -> Any:
    """The group of all commands."""
    return typer.main.get_command(app)


def verbs(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that a person sees, with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from verbs(command, (*words, name))
        elif not command.hidden:
            yield (*words, name), command


def heading(words: tuple[str, ...], command: Any) -> str:
    """Under what a command is listed: what it was added with, or the group of commands it is in."""
    group = getattr(command, "rich_help_panel", None)
    return group or (f"{PROGRAM} {' '.join(words[:-1])}" if len(words) > 1 else "Commands")


def commands() -> str:
    """All commands as markdown: a heading for each group, and below it one for each command."""
    groups: dict[str, list[str]] = {}
    for words, command in verbs(tree()):
        groups.setdefault(heading(words, command), []).append(_command(words, command))
    return "\n\n".join(f"## {name}\n\n" + "\n\n".join(own) for name, own in groups.items())


def _command(words: tuple[str, ...], command: Any) -> str:
    name = " ".join((PROGRAM, *words))
    context = command.make_context(name, [], resilient_parsing=True)
    pieces = " ".join(command.collect_usage_pieces(context))
    parts = [f"### {name}", f"```text\n{name} {pieces}\n```", _prose(command.help)]
    for title, kind in (("argument", "argument"), ("option", "option")):
        records = [
            record
            for param in command.params
            if param.param_type_name == kind and not getattr(param, "hidden", False)
            if (record := param.get_help_record(context))
        ]
        if records:
            rows = [f"| `{_cell(names)}` | {_cell(said)} |" for names, said in records]
            parts.append("\n".join([f"| {title} | what it is |", "|---|---|", *rows]))
    if command.epilog:
        parts.append(f"```text\n{_prose(command.epilog)}\n```")
    return "\n\n".join(parts)


def _prose(text: str | None) -> str:
    """A help text without what a terminal alone needs: indentation, and marks against wrapping."""
    return inspect.cleandoc(text or "").replace("\b\n", "").strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
