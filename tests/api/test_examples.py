"""The examples of the docstrings hold, and nothing that the API does prints."""

import doctest
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import micfp

MODULES = sorted(
    f"micfp.api.{path.stem}"
    for path in Path(micfp.__path__[0], "api").glob("*.py")
    if path.stem != "__init__"
)
FUNCTIONS = [name for name in micfp.__all__ if name not in ("__version__", "MicfpError")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_offered_has_parameters_errors_and_an_example(name: str) -> None:
    said = (
        inspect.getdoc(getattr(micfp, name)) or ""
    )  # without its indentation, as Python 3.13 keeps it
    for section in ("Examples\n", "Raises\n", "\n>>> "):
        assert section in said
    assert "Parameters\n" in said or "Attributes\n" in said


def test_import_takes_no_time_and_no_library() -> None:
    code = (
        "import time; start = time.perf_counter(); import micfp; "
        "took_s = time.perf_counter() - start; import sys; "
        "print(took_s, 'numpy' in sys.modules, 'micfp.api.identifying' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert float(said[0]) < 0.3
    assert said[1:] == ["False", "False"]


def test_functions_stay_where_packages_of_the_same_name_are_imported() -> None:
    code = (
        "import micfp, micfp.features, micfp.recordings.opening; from micfp import features; "
        "from micfp.features import extract; "
        "print(micfp.features.__module__, micfp.recordings.__module__, features is micfp.features, "
        "extract.__module__, micfp.audio.__name__)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert said == [
        *("micfp.api.features", "micfp.api.corpus", "True"),
        *("micfp.features.extraction", "micfp.audio"),
    ]


def test_all_names_are_there_and_no_other() -> None:
    assert set(micfp.__all__) <= set(dir(micfp))
    for name in micfp.__all__:
        assert getattr(micfp, name) is not None
    with pytest.raises(AttributeError, match="'micfp' has no attribute 'identfy'"):
        micfp.identfy  # noqa: B018
