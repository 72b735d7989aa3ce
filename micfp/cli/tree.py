"""How verbs are listed and explained: in groups, with examples, each with `--quiet`."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from micfp import progress

WrongUse: Any = typer.BadParameter.__base__  # of click, wherever typer has it from
QUOTES = "names with spaces need quotes"
Quiet = Annotated[bool, typer.Option("--quiet", help="Say nothing of how far long work is.")]


class Grouped(TyperGroup):
    """Lists its verbs under the headings that they were added with, each summary whole."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of verbs."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            verb = self.get_command(ctx, name)
            if verb is not None and not verb.hidden:
                heading = getattr(verb, "rich_help_panel", None) or "Commands"
                groups.setdefault(heading, []).append((name, summary(verb.help or "")))
        for heading, rows in groups.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


class Verb(TyperCommand):
    """One whose sentence on too many arguments says what mostly makes them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the words of a command line apart."""
        try:
            return super().parse_args(ctx, args)
        except WrongUse as error:
            if "unexpected extra argument" in error.message:
                error.message += f"; {QUOTES}"
            raise


def summary(text: str) -> str:
    """The first paragraph of a help text, in one line."""
    return " ".join(text.strip().split("\n\n")[0].split())


def add_verb(
    app: typer.Typer,
    function: Callable[..., None],
    *examples: str,
    group: str | None = None,
    name: str | None = None,
) -> None:
    """Add a verb to a command.

    Parameters
    ----------
    app
        What it is added to.
    function
        What runs.
    examples
        Command lines without `micfp`, which its help shows.
    group
        Heading under which it is listed.
    name
        Its name; None: the function's.
    """
    lines = "".join(f"\n  micfp {example}" for example in examples)
    app.command(
        name,
        cls=Verb,
        epilog=f"\b\nExamples:{lines}" if examples else None,
        rich_help_panel=group,
    )(_with_quiet(function))


def _with_quiet(function: Callable[..., None]) -> Callable[..., None]:
    """The function with one option more."""

    @functools.wraps(function)
    def run(*args: Any, quiet: bool = False, **kwargs: Any) -> None:
        progress.shown = not quiet
        function(*args, **kwargs)

    given = inspect.signature(function)
    option = inspect.Parameter(
        "quiet", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Quiet
    )
    parameters = [*given.parameters.values(), option]
    run.__signature__ = given.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {**function.__annotations__, "quiet": Quiet}
    return run
