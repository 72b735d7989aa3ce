"""Cases whose recordings nobody made, and whose answers are written by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from made_up import MODEL, recording

from micfp.casework.case_file import Case, open_case
from micfp.casework.files import LoggedFile, logged
from micfp.evidence.calibration_file import digest
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION

BOUNDS = {"same": [-1.0, 1.5], "other": [-1.5, 1.5], "any": [-1.25, 1.5]}
QUALITY = {
    **{"duration_s": 2.0, "active_s": 1.25, "bandwidth_hz": 8000.0, "snr_db": 31.5},
    **{"harmonicity": 0.81, "persistence": 0.12, "noise_reduction": 0.003, "tonality_db": 6.4},
    "clipped": 0.0,
}


def asked_by(sitting: str = "any", **more: Any) -> dict[str, Any]:
    """A question's parameters."""
    return {
        "sitting": sitting,
        "population": "any",
        "channel": "mean",
        "track": None,
        "fingerprint_sha256": MODEL,
        "calibration_sha256": digest(SHIPPED_CALIBRATION),
        **more,
    }


def conditional_on(sitting: str) -> dict[str, Any]:
    return {
        "calibration": "default",
        "fingerprint_sha256": MODEL,
        "sitting": sitting,
        "proposition": "model",
        "population": "any other phone",
        "bounds_log10": BOUNDS[sitting],
        "bounded_by": "30 independent devices",
    }


def identified(
    path: str,
    ranking: Sequence[tuple[str, float]],
    answer: str | None,
    sitting: str = "any",
    refused: str | None = None,
) -> dict[str, Any]:
    """An answer of identify; intervals reach 0.1 to either side."""
    return {
        "path": path,
        "answer": answer,
        "ranking": [
            {"device": name, "log10_lr": lr, "interval": [lr - 0.1, lr + 0.1]}
            for name, lr in ranking
        ],
        "none_of_these": None if refused else -0.5 if answer else 0.5,
        "refused": refused,
        "quality": None if refused else QUALITY,
        "conditional_on": conditional_on(sitting),
        "warnings": [],
    }


def verified(a: str, b: str, log10_lr: float, sitting: str = "any") -> dict[str, Any]:
    """An answer of verify."""
    return {
        "a": a,
        "b": b,
        "log10_lr": log10_lr,
        "interval": [log10_lr - 0.2, log10_lr + 0.2],
        "refused": None,
        "proposition": "model",
        "conditional_on": conditional_on(sitting),
        "warnings": ["a.wav: it has 2 channels: their mean is used"],
    }


def enrol(case: Case, *names: str) -> int:
    """Two recordings for each device; returns the number of the last entry."""
    for number, name in enumerate(names):
        for each in (2 * number, 2 * number + 1):
            assert case.add_reference(name, recording(each), MODEL)
    return case.entries()[-1].number


def ask(case: Case, number: int, answer: dict[str, Any], enrolled_by: int) -> None:
    """Record an identification of the recording with a number."""
    sitting = answer["conditional_on"]["sitting"]
    file = logged(recording(number, answer["path"]), vectors=True)
    case.record("identify", asked_by(sitting, enrolled_by=enrolled_by), answer, [file])


def write_case(path: Path, *names: str) -> Path:
    """A case with devices, a named recording, a stranger, silence, and a pair."""
    one, two = names
    with open_case(path, create=True) as case:
        last = enrol(case, *names)
        ask(case, 10, identified("in/note.ogg", [(one, 1.5), (two, -0.84)], one), last)
        ask(case, 11, identified("other.ogg", [(two, -0.33), (one, -1.25)], None), last)
        refused = identified("empty.wav", [], None, refused="empty.wav: nothing but silence")
        question = asked_by(enrolled_by=last)
        case.record("identify", question, refused, [LoggedFile("empty.wav", "e" * 64)])
        files = [logged(recording(12 + k, name), vectors=True) for k, name in enumerate("ab")]
        case.record("verify", asked_by("same"), verified("a", "b", 0.6, "same"), files)
    return path
