"""Files around the code: they parse, and say the same versions and Pythons as pyproject.toml."""

import re
import shlex
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

import micfp

CHECKOUT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
PYTHONS = ("3.11", "3.12", "3.13")
# May be tried: docs/design/dependencies.md says what it lacks.
UNTESTED = "3.14"


def text(name: str) -> str:
    return (CHECKOUT / name).read_text(encoding="utf-8")


def read(name: str) -> Any:
    return yaml.safe_load(text(name))


def test_pyproject_ends_after_the_python_that_may_be_tried() -> None:
    low, high = PYTHONS[0], f"3.{int(UNTESTED.split('.')[1]) + 1}"
    assert PYPROJECT["project"]["requires-python"] == f">={low},<{high}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{low.replace('.', '')}"


def test_every_file_names_the_same_pythons() -> None:
    first, last = (version.split(".")[1] for version in (PYTHONS[0], UNTESTED))
    makefile = text("Makefile")
    tried = re.search(r"^\t((?:python3\.\d+ )+)python3;", makefile, re.MULTILINE)
    assert tried
    assert tried[1].split() == [f"python{version}" for version in reversed(PYTHONS)]
    assert f"(3, {first}) <= v <= (3, {last})" in makefile
    assert (
        "micfp needs Python {}, {} or {}, and {} is untested".format(*PYTHONS, UNTESTED) in makefile
    )
    assert "Python {}, {} or {}.".format(*PYTHONS) in text("CONTRIBUTING.md")
    assert "Python {}, {} and {}.".format(*PYTHONS) in text("CHANGELOG.md")
    assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}, git and make" in text("README.md")
    assert re.findall(r"for version in (.*);", text(".ci/run")) == [f"{PYTHONS[0]} {PYTHONS[-1]}"]
    assert f"ARG BASE=python:{PYTHONS[-1]}-slim" in text("Dockerfile")
    (job,) = read(".github/workflows/test.yml")["jobs"].values()
    assert tuple(job["strategy"]["matrix"]["python"]) == PYTHONS


def test_a_container_is_built_from_what_the_wheel_needs() -> None:
    lines = text(".dockerignore").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    target = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert kept == {
        *target["packages"],
        *target["force-include"],
        *("pyproject.toml", "README.md", "LICENSE", "constraints.txt"),
    }
    assert lines[1] == "*"


def test_citation_has_what_its_format_wants() -> None:
    citation = read("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)  # all that the schema requires
    assert citation["version"] == PYPROJECT["project"]["version"] == micfp.__version__
    assert citation["license"] == PYPROJECT["project"]["license"]
    assert citation["abstract"].startswith(PYPROJECT["project"]["description"])
    for reference in citation["references"]:
        assert {"type", "title", "authors", "year"} <= set(reference)
    assert [reference["authors"][0]["family-names"] for reference in citation["references"]] == [
        "Azzam",
        "Zeng",
    ]


def test_catalogue_has_its_keys() -> None:
    assert set(read(".snakemake-workflow-catalog.yml")["usage"]) == {
        "mandatory-flags",
        "software-stack-deployment",
    }


def hooks() -> dict[str, dict[str, Any]]:
    (repository,) = read(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"  # nothing is downloaded
    return {hook["id"]: hook for hook in repository["hooks"]}


def test_hooks_are_tools_of_the_tests() -> None:
    installed = {
        re.split(r"[^\w-]", name)[0]
        for name in PYPROJECT["project"]["optional-dependencies"]["test"]
    }
    for name in ("ruff", "ruff-format", "mypy"):
        command = shlex.split(hooks()[name]["entry"])[0]
        assert command.startswith(".venv/bin/")
        assert command.rpartition("/")[2] in installed


@pytest.mark.parametrize(("n_bytes", "status"), [(200_000, 0), (200_001, 1)])
def test_hook_stops_large_files(tmp_path: Path, n_bytes: int, status: int) -> None:
    small, other = tmp_path / "small file", tmp_path / "other file"
    small.write_bytes(b"")
    other.write_bytes(bytes(n_bytes))
    command = [*shlex.split(hooks()["large-files"]["entry"]), str(small), str(other)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stdout.split("\n")[:-1] == ([str(other)] if status else [])


def test_all_that_is_installed_has_a_version() -> None:
    """What pyproject.toml names is in constraints.txt, whatever the Python."""
    fixed = {line.partition("==")[0].lower() for line in text("constraints.txt").splitlines()}
    extras = PYPROJECT["project"]["optional-dependencies"]
    wanted = [*PYPROJECT["project"]["dependencies"], *chain(*extras.values())]
    names = {re.split(r"[^\w.-]", name)[0].lower() for name in wanted}
    assert names - fixed == {"micfp"}  # `all` names the other extras


def make(*arguments: str, path: str = "/usr/bin:/bin") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=CHECKOUT,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def python(folder: Path, name: str, says: str, status: int = 0) -> Path:
    """A program that answers as a Python of some version does, or does not start."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    program.chmod(0o755)
    return program


def test_make_takes_the_newest_python_that_starts(tmp_path: Path) -> None:
    """As a shim of pyenv, python3.13 is on the PATH and does not start."""
    shims = tmp_path / "shims"
    python(shims, "python3.13", "", status=127)
    python(shims, "python3.12", "3.12")
    python(shims, "python3.11", "3.11")
    venv = f"VENV={tmp_path / 'venv'}"
    done = make("-n", "lint", venv, path=f"{shims}:/usr/bin:/bin")
    assert f"python3.12 -m venv --clear {tmp_path / 'venv'}" in done.stdout


def test_make_keeps_the_python_of_its_environment(tmp_path: Path) -> None:
    own = python(tmp_path / "own", "python3", "3.11")
    shims = tmp_path / "shims"
    python(shims, "python3.13", "3.13")
    venv = tmp_path / "venv"
    venv.mkdir()
    (venv / "pyvenv.cfg").write_text(f"home = {own.parent}\nexecutable = {own}\n")
    done = make("-n", "lint", f"VENV={venv}", path=f"{shims}:/usr/bin:/bin")
    assert f"{own} -m venv" in done.stdout
    # and makes it anew for another one
    (venv / "installed-3.11").touch()
    assert "-m venv" not in make("-n", "lint", f"VENV={venv}", f"PYTHON={own}").stdout
    other = shims / "python3.13"
    assert (
        f"{other} -m venv --clear {venv}"
        in make("-n", "lint", f"VENV={venv}", f"PYTHON={other}").stdout
    )


def test_make_refuses_another_python_in_one_sentence(tmp_path: Path) -> None:
    old = python(tmp_path, "python3.10", "")
    done = make("lint", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}")
    assert done.returncode != 0
    assert done.stdout.splitlines() == [
        f"micfp needs Python 3.11, 3.12 or 3.13, and 3.14 is untested (found: {old}): install one, "
        "or say make PYTHON=/path/to/python"
    ]
    assert not (tmp_path / "venv").exists()


@pytest.mark.parametrize(
    ("there", "ran"),
    [
        # The first looks at the code as well.
        (("3.11", "3.13"), ["test-all 3.11 lint", "test 3.13 "]),
        (("3.11",), ["test-all 3.11 lint"]),
        (("3.13",), ["test-all 3.13 lint"]),
        ((), []),
    ],
    ids=["both", "3.11", "3.13", "none"],
)
def test_ci_says_which_pythons_it_found_and_tests_with_them(
    tmp_path: Path, there: tuple[str, ...], ran: list[str]
) -> None:
    """3.13 is one of pyenv's, whose shim on the PATH does not start."""
    programs, versions = tmp_path / "bin", tmp_path / "pyenv" / "versions"
    python(programs, "python3.13", "", status=127)
    python(programs, "chromium", "")
    (programs / "make").write_text('#!/bin/sh\necho "made $*"\n')
    (programs / "make").chmod(0o755)
    for name in ("bash", "env", "dirname"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    places = {"3.11": programs / "python3.11", "3.13": versions / "3.13.0" / "bin" / "python3"}
    for version in ("3.11", "3.13"):
        places[version].parent.mkdir(parents=True, exist_ok=True)
        status = 0 if version in there else 1
        python(places[version].parent, places[version].name, "", status)
    done = subprocess.run(
        [str(CHECKOUT / ".ci" / "run")],
        env={"PATH": str(programs), "PYENV_ROOT": str(tmp_path / "pyenv"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (0 if there else 1), done.stderr
    for version, place in places.items():
        found = place if version in there else "none on this machine"
        assert f"Python {version}: {found}\n" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("made")] == [
        f"made {target} PYTHON={places[version]} VENV=.venv-{version} LINT={lint}"
        for target, version, lint in (one.split(" ") for one in ran)
    ]


def test_the_architecture_page_is_drawn_from_the_code() -> None:
    command = [sys.executable, CHECKOUT / "docs" / "design" / "draw.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert text("docs/design/architecture.md") == done.stdout, "python docs/design/draw.py --write"


def test_the_site_is_deployed_as_it_is_tested() -> None:
    (job,) = read(".github/workflows/pages.yml")["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make docs PYTHON=python"]
    (upload,) = (step for step in job["steps"] if "upload" in step.get("uses", ""))
    assert f"docs {upload['with']['path']}\n" in text("Makefile")
    sphinx = read(".readthedocs.yaml")["sphinx"]
    assert sphinx == {"configuration": "docs/conf.py", "fail_on_warning": True}


def test_no_file_is_too_long_to_hold_in_mind() -> None:
    lengths = {
        str(path.relative_to(CHECKOUT)): len(path.read_text().splitlines())
        for path in (CHECKOUT / "micfp").rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}
