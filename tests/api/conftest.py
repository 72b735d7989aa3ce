"""Recordings that tests of the API share: six real phones, and the command beside it."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import micfp
from micfp.api.enrolling import Enrolment
from micfp.cli import main

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def recording_of(shared_data: Path) -> Callable[[str, int], Path]:
    """The file of a phone and an utterance, 1 to 4."""
    return lambda name, number: shared_data / "ccnu_mobile" / f"{name}_{number}.wav"


@pytest.fixture(scope="session")
def phones(recording_of: Callable[[str, int], Path]) -> dict[str, list[Path]]:
    """Three utterances of each of three phones."""
    names = ("Apple_air1", "IPHONEX", "huawei_p20")
    return {name: [recording_of(name, number) for number in (1, 2, 3)] for name in names}


@pytest.fixture(scope="session")
def enrolled(phones: dict[str, list[Path]]) -> Enrolment:
    return micfp.enroll(phones)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `micfp WORDS... --json`: what it printed."""

    def run(*words: object) -> list[dict[str, Any]]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words), "--json"])
        with suppress(SystemExit):
            main()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


@pytest.fixture(autouse=True)
def _nothing_is_printed(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """No test of the API leaves anything on stdout or stderr."""
    capfd = None if "capsys" in request.fixturenames else request.getfixturevalue("capfd")
    yield
    if capfd is not None:
        said = capfd.readouterr()
        assert (said.out, said.err) == ("", "")
