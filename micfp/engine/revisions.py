"""What the commits of a checkout refer to: parameters in git, published results in DVC."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from micfp.errors import MicfpError

ADDRESS = re.compile(r"(?:^|/)([a-z_]+/[0-9a-f]{32})(?:/|$)")


@dataclass(frozen=True)
class Revision:
    """One state of a file, and the newest commit that has it."""

    commit: str
    text: str


def revisions_of(name: str) -> list[Revision]:
    """Every state of a file in the commits of all branches, tags, stashes and DVC experiments.

    name: from the working directory. Empty outside of git. Raises MicfpError where git does not
    answer.
    """
    prefix = _git("rev-parse", "--show-prefix")
    if prefix is None:
        return []
    commits = (_git("rev-list", "--all") or "").split()
    for ref in (
        _git("for-each-ref", "--format=%(refname)", "refs/exps", "refs/stash") or ""
    ).split():
        if ref.endswith(("stash", "failed")):  # what DVC queues, each entry under the one before
            commits += (_git("rev-list", "-g", ref) or "").split()
    if not commits:
        return []
    asked = "".join(f"{commit}:{prefix.strip()}{name}\n" for commit in commits)
    lines = (_git("cat-file", "--batch-check=%(objectname)", asked=asked) or "").splitlines()
    found: dict[str, str] = {}
    for commit, line in zip(commits, lines, strict=True):
        if not line.endswith(" missing"):
            found.setdefault(line, commit)
    return [Revision(c, _git("cat-file", "blob", blob) or "") for blob, c in found.items()]


def _git(*arguments: str, asked: str | None = None) -> str | None:
    """What git says; None outside of a repository."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            input=asked,
            capture_output=True,
            text=True,
            env=os.environ | {"LC_ALL": "C"},
        )
    except FileNotFoundError:
        if not any((folder / ".git").exists() for folder in (Path.cwd(), *Path.cwd().parents)):
            return None
        raise MicfpError("git is not installed: what commits refer to is not known") from None
    if done.returncode and "not a git repository" in done.stderr:
        return None
    if done.returncode:
        raise MicfpError(f"git {arguments[0]}: {' '.join(done.stderr.split())}")
    return done.stdout


def published_by_dvc() -> tuple[set[str], int]:
    """Addresses of the results that DVC's outputs hold, at every commit and now.

    Returns them, and how many of DVC's lists are not in its cache here: what they hold can be
    pulled again.
    """
    import yaml

    now = Path("dvc.lock")
    texts = [revision.text for revision in revisions_of("dvc.lock")]
    texts += [now.read_text(encoding="utf-8")] if now.exists() else []
    outs = {
        (str(out["path"]), str(out.get("md5")))
        for text in texts
        for stage in ((yaml.safe_load(text) or {}).get("stages") or {}).values()
        for out in stage.get("outs") or []
    }
    addresses: set[str] = set()
    unknown = 0
    cache = _dvc_cache() if outs else Path()
    for path, md5 in sorted(outs):
        addresses |= set(_addresses_in([path]))
        if md5.endswith(".dir"):
            try:
                listed = json.loads(_cached(cache, md5).read_text(encoding="utf-8"))
                addresses |= set(_addresses_in(f"{path}/{file['relpath']}" for file in listed))
            except FileNotFoundError:
                unknown += 1
    return addresses, unknown


def _addresses_in(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if match := ADDRESS.search(name):
            yield match[1]


def published_here(results: Path) -> set[str]:
    """Addresses of what is published now: in every `run.json`, and as whole results in `store/`."""
    found = {
        f"{path.parent.name}/{path.name}"
        for path in (results / "store").glob("**/*")
        if path.is_dir()
    }
    addresses = {address for address in found if ADDRESS.fullmatch(address)}
    for file in [*results.glob("run.json"), *results.glob("*/run.json")]:
        addresses |= set(re.findall(r'"([a-z_]+/[0-9a-f]{32})"', file.read_text(encoding="utf-8")))
    return addresses


def _dvc_cache() -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "cache", "dir"], capture_output=True, text=True
    )
    if done.returncode:
        raise MicfpError(f"dvc cache dir: {' '.join(done.stderr.split())}")
    return Path(done.stdout.strip())


def _cached(cache: Path, md5: str) -> Path:
    return cache / "files" / "md5" / md5[:2] / md5[2:]
