"""Whether a command that is not run would be understood: its words against what reads them."""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from fences import CHECKOUT

from micfp.cli import app
from micfp.studies.registry import STUDIES

# Programs whose words nobody checks here.
OTHERS = frozenset(
    [
        *("apt-get", "cd", "conda", "cp", "docker", "dvc", "echo", "export", "flock", "git"),
        *("jupyter", "ls", "mkdir", "mlflow", "mv", "pip", "pipx", "pre-commit", "pytest"),
        *(
            "python3.11",
            "sleep",
            "source",
            "srun",
            "taskset",
            "uv",
            "unzip",
            "V/bin/pip",
            "cat",
            "du",
        ),
    ]
)
TARGETS = {"all", "features", "batch", "paper", *STUDIES}
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z0-9-]+\b")


def fault(words: list[str]) -> str:
    """What is wrong with a command; nothing where all of it exists."""
    program, *rest = words
    checks = {"micfp": _micfp, "snakemake": _snakemake, "python": _python, "make": _make}
    if program in checks:
        return checks[program](rest)
    if program == "taskset":
        return fault(rest[2:])
    return "" if program in OTHERS else f"a program that nobody checks: {program}"


def _command(words: list[str]) -> tuple[Any, list[str]]:
    """The command of the tree that words call, and the words that it gets."""
    command = typer.main.get_command(app)
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _micfp(words: list[str]) -> str:
    command, rest = _command([word.strip("[]") for word in words])
    if hasattr(command, "commands"):
        return "" if rest in (["--help"], ["--version"]) else f"no such verb: {' '.join(words)}"
    try:
        command.make_context("micfp", [word for word in rest if word != "--help"])
    except Exception as error:  # whatever the parser of typer's version raises
        return f"{error.__class__.__name__}: {error}"
    return ""


def unknown_option(words: list[str]) -> str:
    """The first word of a verb that is no option of it; for commands that leave arguments out."""
    command, rest = _command(words)
    if hasattr(command, "commands"):
        return f"no such verb: {rest[0]}" if rest and rest[0][0].islower() else ""
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    return unknown[0] if unknown and unknown[0] != "--help" else ""


@cache
def _snakemake_parser() -> Any:
    from snakemake.cli import get_argument_parser

    return get_argument_parser()


def _snakemake(words: list[str]) -> str:
    try:
        asked, _ = _snakemake_parser().parse_known_args(words)
    except SystemExit:
        return "options that snakemake does not know"
    targets = [str(target) for target in asked.targets if not PLACEHOLDER.fullmatch(str(target))]
    if wrong := [name for name in targets if name not in TARGETS and not name.endswith("/")]:
        return f"no such target: {wrong[0]}"
    files = [
        *(asked.configfile or []),
        *([asked.workflow_profile] if asked.workflow_profile else []),
    ]
    missing = [str(file) for file in files if not (CHECKOUT / file).exists()]
    missing = [file for file in missing if file.startswith(("workflow/", "profiles/"))]
    return f"no such file: {missing[0]}" if missing else ""


@cache
def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(name).stem + "_of_docs", CHECKOUT / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _python(words: list[str]) -> str:
    if words[0] in ("-c", "-m"):
        return ""
    if not (CHECKOUT / words[0]).is_file():
        return f"no such script: {words[0]}"
    names = {"benchmarks/tables.py": "BLOCKS", "benchmarks/figures.py": "FIGURES"}.get(words[0])
    if not names or words[1].startswith("-") or PLACEHOLDER.match(words[1]):
        return ""
    known = words[1] in getattr(_script(words[0]), names)
    return "" if known else f"{words[0]} knows no {words[1]}"


def _make(words: list[str]) -> str:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = [word for word in words if "=" not in word]
    missing = [name for name in targets if not re.search(rf"^{name}:", makefile, re.M)]
    return f"no such target: {missing[0]}" if missing else ""
