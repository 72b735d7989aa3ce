"""Every key of every target, with the defaults and with every preset, is what it was.

A move of code must change none. A change that is meant to alter keys renews the record in its own
commit, which says why:

    MICFP_RENEW_KEYS=1 python -m pytest tests/plan/test_golden_keys.py
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from all_targets import tasks_of_all_targets

from micfp.engine import stage, store
from micfp.engine.task import Recording, Task
from micfp.errors import MicfpError
from micfp.plan import recordings
from micfp.plan.folds import settled
from micfp.plan.params import load_params
from micfp.studies.fingerprint import planning

CHECKOUT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("golden_keys.json")
PRESETS = sorted(path.stem for path in (CHECKOUT / "workflow" / "presets").glob("*.yaml"))
DEFAULTS = "params.yaml"
NUMBERED = [f"{number:03d}-a.wav" for number in range(100)]
MEASURED = {
    **{"speech": NUMBERED, "music": NUMBERED, "noise": NUMBERED, "rooms": NUMBERED},
    **{name: [f"{name}{n:02d}.txt" for n in range(40)] for name in ("micirp", "umik1", "emm6")},
}


def manifest() -> list[Recording]:
    """Two units of one phone and one of another, two sessions, four contents, of 1 MB each."""
    found = []
    for device, (make, model, unit) in {
        "a-1": ("A", "A1", "1"),
        "a-2": ("A", "A1", "2"),
        "b-1": ("B", "B1", "1"),
    }.items():
        for session in ("2023-02-09", "2023-02-10"):  # of the thesis's own recordings
            for content in ("1", "2", "3", "4"):
                labels = {
                    **{"device": device, "make": make, "model": model, "unit": unit},
                    **{"session": session, "content": content},
                }
                path = f"/corpus/{device}/{session}/{content}.wav"
                digest = store.digest(path)
                found.append(Recording(digest, path, labels, 1_000_000, mtime_ns=1))
    return found


@pytest.fixture(autouse=True)
def fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixed recordings, speech, digests of files, and store; presets that name others find them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow").symlink_to(CHECKOUT / "workflow")
    for name, files in MEASURED.items():
        for file in files:
            (tmp_path / "data" / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "data" / name / file).touch()
    monkeypatch.setenv("MICFP_STORE", "/store")
    monkeypatch.setattr(stage, "version_of", lambda library: "1.0")
    monkeypatch.setattr("micfp.corpora.read_corpus", lambda config, target: config)
    monkeypatch.setattr(recordings, "recordings_of", lambda table, target: manifest())
    for module in (recordings, planning):
        monkeypatch.setattr(
            module, "file_digests", lambda paths: {path: path.name for path in paths}
        )


def keys_of(preset: str) -> dict[str, dict[str, str]]:
    """By target and step how many tasks there are, and a digest of their keys."""
    files = [CHECKOUT / "params.yaml"]
    if preset != DEFAULTS:
        files.append(CHECKOUT / "workflow" / "presets" / f"{preset}.yaml")
    params = settled(load_params(files)).params
    return {
        target: {"refused": str(wanted).partition(":")[0]}
        if isinstance(wanted, MicfpError)
        else summary(wanted)
        for target, wanted in tasks_of_all_targets(params).items()
    }


def summary(wanted: Iterable[Task]) -> dict[str, str]:
    keys: dict[str, set[str]] = {}
    waiting = list(wanted)
    while waiting:
        task = waiting.pop()
        of_step = keys.setdefault(task.step, set())
        if task.key not in of_step:
            of_step.add(task.key)
            waiting += task.needs()
    return {step: f"{len(own)} {store.digest(sorted(own))[:8]}" for step, own in keys.items()}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    if "MICFP_RENEW_KEYS" in os.environ:
        RECORD.write_text("{}\n")
    found: dict[str, Any] = json.loads(RECORD.read_text())
    return found


@pytest.mark.parametrize("preset", [DEFAULTS, *PRESETS])
def test_keys_are_what_they_were(preset: str, record: dict[str, Any]) -> None:
    """Of a preset the record has what is not as with the defaults."""
    found = keys_of(preset)
    if "MICFP_RENEW_KEYS" in os.environ:
        usual = record.get(DEFAULTS, {})
        record[preset] = {t: own for t, own in found.items() if own != usual.get(t)}
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    assert found == record[DEFAULTS] | record[preset]
