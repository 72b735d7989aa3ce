"""The core does without the extras, and says which one is missing."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile as sf
from small_model import device_noise, fit_under

from micfp.errors import MicfpError
from micfp.extras import EXTRA_OF, extras_named
from tests.casework.made_up import RATE_HZ, voice

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# Modules whose packages have other names, and modules that come with another package.
PACKAGES = {
    "PIL": "matplotlib",
    "espeakng_loader": "espeakng-loader",
    "markupsafe": "jinja2",
    "parselmouth": "praat-parselmouth",
    "sklearn": "scikit-learn",
    "webrtcvad": "webrtcvad-wheels",
    "yaml": "pyyaml",
}


def packages(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", one)[0] for one in requirements}


def imported() -> Iterator[str]:
    """The modules that any file of micfp imports, wherever in it."""
    for path in (CHECKOUT / "micfp").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (one.name.partition(".")[0] for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield str(node.module).partition(".")[0]


def test_every_import_is_of_the_core_or_of_the_extra_that_the_table_names() -> None:
    core = packages(PROJECT["dependencies"])
    strangers = set(imported()) - set(sys.stdlib_module_names) - {"micfp"}
    assert {"numpy", "torch"} <= strangers
    for module in strangers:
        package = PACKAGES.get(module, module)
        assert (package in core) != (package in packages(EXTRAS.get(EXTRA_OF.get(module), [])))


def test_all_has_every_extra_but_that_of_the_tests() -> None:
    assert EXTRAS["all"] == ["micfp[deep,pipeline,search,slurm]"]
    assert set(EXTRAS) == {"all", "deep", "docs", "pipeline", "search", "slurm", "test"}


@dataclass(frozen=True)
class Said:
    statuses: list[int]
    out: str
    err: str


def without_extras(folder: Path, *commands: list[str]) -> Said:
    done = subprocess.run(
        [sys.executable, CHECKOUT / "tests" / "without_extras.py", json.dumps(commands)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *lines, statuses = done.stdout.splitlines()
    return Said(json.loads(statuses), "\n".join(lines), done.stderr)


A, B, C = "one/a.wav", "one/b.wav", "two/c.wav"


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """A folder with voices of 12 s."""
    for seed, name in enumerate((A, B, C)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        sf.write(path, voice(12.0, seed), RATE_HZ)
    return tmp_path


def test_the_verbs_of_the_core_need_no_extra(recordings: Path) -> None:
    said = without_extras(
        recordings,
        ["enroll", "one", A],
        ["enroll", "two", C],
        ["identify", B],
        ["verify", A, C],
        ["inspect", A],
        ["scan", A],
        ["cluster", A, B, C],
        ["compare", "--a", A, "--b", C],
        ["batch", A, B, "--what", "inspect,quality,identify", "--out", "t.csv"],
        ["check", "."],
        ["devices"],
        ["case", "verify"],
        ["case", "repeat"],
        ["report", "--pdf", "case.pdf"],
        ["params"],
    )
    assert said.statuses == [0] * 15, said.out + said.err
    assert (recordings / "case.pdf").read_bytes().startswith(b"%PDF")
    assert len((recordings / "t.csv").read_text().splitlines()) == 1 + 2  # columns, and two files


def test_a_classifier_names_devices_without_an_extra(tmp_path: Path) -> None:
    model = fit_under(tmp_path)
    sf.write(tmp_path / "new.wav", device_noise("dull", seed=9), 32_000)
    said = without_extras(tmp_path, ["identify", "new.wav", "--model", str(model)])
    assert said.statuses == [0], said.err
    assert "dull" in said.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["batch", A, "--out", "t.parquet"], "pyarrow: pip install 'micfp[pipeline]'"),
        (["bench", "out"], "pyroomacoustics: pip install 'micfp[pipeline]'"),
    ],
)
def test_what_needs_an_extra_says_its_name(
    recordings: Path, words: list[str], sentence: str
) -> None:
    said = without_extras(recordings, words)
    assert (said.statuses, said.err) == ([2], f"micfp: this needs {sentence}\n")


def test_another_module_that_is_missing_stays_a_fault_of_ours() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), extras_named():
        import no_such_module  # type: ignore[import-not-found]  # noqa: F401


def test_python_is_told_as_the_command_is() -> None:
    @extras_named()
    def load() -> None:
        raise ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn")

    with pytest.raises(MicfpError, match=r"^this needs torch: pip install 'micfp\[deep\]'$"):
        load()
