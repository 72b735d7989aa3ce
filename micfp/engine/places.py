"""Where results are published, and what is known of it without knowing what they are."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from micfp.engine import store
from micfp.engine.packing import HOME, job_file
from micfp.engine.records import addresses_in

RESULTS = Path("results")
MARKERS = RESULTS / ".published"
REPORT = RESULTS / "report.html"
OTHER_REPORTS = RESULTS / "reports"
"""Reports of studies of other corpora than that of `REPORT`, by their folders."""


def forget_published(target: str) -> None:
    """A kill must not leave an older run of a target looking published."""
    for marker in MARKERS.glob("*"):
        if json.loads(marker.read_text())["target"] == target:
            marker.unlink()


@contextlib.contextmanager
def in_change(target: str) -> Iterator[None]:
    """What is published of a target changes in the block; a note of it outlives a kill."""
    note = note_of_change(target)
    store.write_whole(note, "")
    forget_published(target)
    yield
    note.unlink()


def note_of_change(target: str) -> Path:
    """Is there while what is published of a target changes."""
    return HOME / "publishing" / target


def database(uri: str) -> Path | None:
    """The file of a SQLite address; None for a server."""
    return Path(uri.removeprefix("sqlite:///")) if uri.startswith("sqlite:///") else None


def folder_name(target: str) -> str:
    """The folder of a study under results/."""
    return target.replace("-", "_")


def published_addresses(key: str) -> list[str]:
    """Addresses of what the order `key` publishes."""
    content = json.loads(job_file("publish", key).read_text(encoding="utf-8"))
    return addresses_in(content["entries"])
