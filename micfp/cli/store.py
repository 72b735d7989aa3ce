"""`micfp store`: what the store holds, and how it is kept in order."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from micfp.cli.options import Json, Yes
from micfp.cli.tree import Grouped, add_verb


def store_list(
    step: Annotated[str | None, typer.Argument(help="Show each result of this step.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the store holds: results, size and last use of each step."""
    from micfp.engine import storekeeping as keeping

    results = keeping.held(step)
    if step is not None:
        for result in results:
            print(json.dumps(asdict(result)) if as_json else result.as_text())
    elif as_json:
        for name, count, size_bytes, used_s in keeping.by_step(results):
            row = {"step": name, "results": count, "size_bytes": size_bytes, "used_s": used_s}
            print(json.dumps(row))
    else:
        print(keeping.table_by_step(results))


def store_gc(
    older_than: Annotated[
        float, typer.Option(min=0, help="Days that a result stays after a run last wanted it.")
    ] = 30.0,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Remove nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Remove results that no run has wanted for some days and no checkout has published.

    Shows them first, and asks.
    """
    from micfp.engine import garbage

    unused = garbage.find_unused(older_than)
    if as_json:
        removed = garbage.remove_unused(unused) if yes and not dry_run else 0
        row = {"unused": [asdict(r) for r in unused.results], "kept": unused.kept}
        row["left_alone"] = [str(path) for path in unused.foreign]
        print(json.dumps(row | {"careful": unused.wanted.careful, "removed": removed}))
        return
    print(unused.as_text(older_than))
    if not dry_run and _agreed("Remove them, and what lies around of runs that ended?", yes):
        print(f"removed {garbage.remove_unused(unused)} results")


def _agreed(question: str, yes: bool) -> bool:
    """Ask a person; a program has to say --yes."""
    if yes or sys.stdin.isatty():
        return yes or typer.confirm(question)
    print("nothing is removed without --yes")
    return False


def store_verify(as_json: Json = False) -> None:
    """Read every result again; what is damaged goes out of the way, and the next run makes it."""
    from micfp.engine import storekeeping as keeping

    damaged = unknown = 0
    for result in keeping.verify():
        if as_json:
            print(json.dumps(result.as_record()))
        elif result.what:
            print(result.as_text())
        damaged += bool(result.what)
        unknown += not result.what
    if not as_json:
        print(f"{damaged} damaged results" + ("; the next run makes them again" * bool(damaged)))
        if unknown:
            print(f"{unknown} results of which nothing was noted when they were written")
    if damaged:
        raise typer.Exit(1)


def store_rm(
    results: Annotated[
        list[str], typer.Argument(help="STEP, or STEP/KEY; a key may be cut short.")
    ],
    only: Annotated[bool, typer.Option("--only", help="Keep what was made from them.")] = False,
    yes: Yes = False,
) -> None:
    """Forget results and what was made from them, so that the next run makes them again."""
    from micfp.engine import storekeeping as keeping

    forgotten = keeping.to_forget(results, only)
    print(keeping.table_by_step(forgotten))
    if _agreed("Remove them?", yes):
        print(f"removed {keeping.forget(forgotten)} results")


store_app = typer.Typer(
    help="Keep the store of results in order.", cls=Grouped, no_args_is_help=True
)
add_verb(store_app, store_list, "store list", "store list features --json", name="list")
add_verb(store_app, store_gc, "store gc --dry-run", "store gc --older-than 7 --yes", name="gc")
add_verb(store_app, store_verify, "store verify", "store verify --json", name="verify")
add_verb(store_app, store_rm, "store rm fit", "store rm features/0f3a --only --yes", name="rm")
