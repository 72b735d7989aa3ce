"""Wheel and sdist: what is in them, and that the wheel works where nothing else is installed."""

import email
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from micfp import __version__
from micfp.project.writing import NAMES

CHECKOUT = Path(__file__).parents[1]
FILES = "micfp/project/files"
EXTRAS = {"all", "docs", "deep", "pipeline", "search", "slurm", "test"}
# Of the environment with the core alone, pip itself counted, in 10^6 bytes; and of one import.
MOST_MB = 750
MOST_IMPORT_S = 0.3
NOT_IN_CORE = ("torch", "mlflow", "dvc", "snakemake", "kaggle", "onnx", "optuna", "librosa")


@dataclass(frozen=True)
class Built:
    wheel: Path
    sdist: Path


def run(*command: object, cwd: Path, **environment: str) -> str:
    """A command that must end well, with nothing of this clone on its path; what it printed."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Both, built by what is installed."""
    out = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", out, cwd=CHECKOUT)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return Built(wheel, sdist)


def below(name: str) -> set[str]:
    """The files of the clone at or below a name, without what Python keeps beside them."""
    there = CHECKOUT / name
    return {
        path.relative_to(CHECKOUT).as_posix()
        for path in (there, *there.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_the_package_and_the_files_of_a_project(built: Built) -> None:
    of_project = {f"{FILES}/{path}" for name in NAMES for path in below(name)}
    assert in_wheel(built.wheel) == below("micfp") | of_project
    assert {
        "micfp/fingerprint/default.safetensors",
        "micfp/fingerprint/default.calibration.json",
        "micfp/casework/scan/default.scan.json",
        "micfp/casework/report/report.typ",
        f"{FILES}/Snakefile",
        f"{FILES}/workflow/presets/folder.yaml",
        f"{FILES}/.gitignore",
    } < in_wheel(built.wheel)
    assert built.wheel.stat().st_size < 4_000_000


def test_the_wheel_names_the_command_the_extras_and_the_licence(built: Built) -> None:
    folder = f"micfp-{__version__}.dist-info"
    with zipfile.ZipFile(built.wheel) as opened:
        about = email.message_from_bytes(opened.read(f"{folder}/METADATA"))
        assert b"micfp = micfp.cli:main" in opened.read(f"{folder}/entry_points.txt")
        assert b"GNU GENERAL PUBLIC LICENSE" in opened.read(f"{folder}/licenses/LICENSE")
    assert set(about.get_all("Provides-Extra", [])) == EXTRAS
    assert about["License-Expression"] == "GPL-3.0-or-later"


def test_the_sdist_makes_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"pyproject.toml", "LICENSE", "CHANGELOG.md", "constraints.txt", "params.yaml"} < names
    assert not [name for name in names if name.startswith(("docs/", "tests/", ".git/", "results/"))]
    pip = (sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation")
    run(*pip, "--quiet", "--wheel-dir", tmp_path, built.sdist, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    assert in_wheel(wheel) == in_wheel(built.wheel)


LOOK = f"""
import importlib.util, json, time
begin = time.perf_counter()
import micfp
import_s = time.perf_counter() - begin
there = [name for name in {NOT_IN_CORE!r} if importlib.util.find_spec(name) is not None]
print(json.dumps([micfp.__file__, import_s, there]))
"""


@pytest.mark.slow
def test_the_wheel_works_where_nothing_else_is_installed(
    built: Built, tmp_path: Path, shared_data: Path
) -> None:
    """Downloads the core's packages, unless pip has them."""
    venv, cwd = tmp_path / "venv", tmp_path / "cwd"
    cwd.mkdir()
    run(sys.executable, "-m", "venv", venv, cwd=cwd)
    fixed = CHECKOUT / "constraints.txt"
    run(venv / "bin" / "pip", "install", "--quiet", "-c", fixed, built.wheel, cwd=cwd)

    place, import_s, there = json.loads(run(venv / "bin" / "python", "-c", LOOK, cwd=cwd))
    assert Path(place).is_relative_to(venv)
    assert import_s < MOST_IMPORT_S
    assert there == []
    files = [path for path in venv.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < MOST_MB * 1e6

    def micfp(*words: object) -> str:
        return run(venv / "bin" / "micfp", *words, cwd=cwd)

    recordings = shared_data / "ccnu_mobile"
    for name in ("IPHONEX", "SAMSUNG_S8"):
        micfp("enroll", name, *(recordings / f"{name}_{n}.wav" for n in (1, 2)))
    said = json.loads(micfp("identify", "--json", recordings / "IPHONEX_4.wav"))
    assert said["answer"] == "IPHONEX"
    assert said["conditional_on"]["calibration"] == "default"
    micfp("report", "--pdf", "case.pdf")
    assert (cwd / "case.pdf").read_bytes().startswith(b"%PDF")
    assert "pip install 'micfp[pipeline]'" in micfp("init", "project")
    assert (cwd / "project" / "workflow" / "presets" / "folder.yaml").is_file()
    assert os.access(cwd / "project" / "profiles" / "cluster-generic" / "status.sh", os.X_OK)
