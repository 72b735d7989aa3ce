"""Which results of the store something refers to: parameters, presets, commits, other checkouts."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from micfp.config import Params, merge, parse_params, read_yaml
from micfp.engine import store
from micfp.engine.order import RESULTS
from micfp.engine.records import Record, read_records, with_needs
from micfp.engine.revisions import published_by_dvc, published_here, revisions_of
from micfp.errors import MicfpError
from micfp.plan.recordings import plan_originals
from micfp.progress import progress
from micfp.studies.targets import tasks_of_all_targets

PARAMS = Path("params.yaml")
PRESETS = Path("workflow/presets")


@dataclass
class References:
    """Addresses that something refers to; `counted` says what was asked, `careful` what was not."""

    addresses: set[str] = field(default_factory=set)
    counted: list[str] = field(default_factory=list)
    careful: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ParameterSet:
    """Parameters as they are written, and what they are called; preset: its name, or none."""

    name: str
    values: Mapping[str, Any]
    preset: str | None = None
    older: bool = False


def find_references(ignore: Collection[str] = ()) -> References:
    """What this checkout refers to, with everything that these results are made from.

    ignore: names of presets that are not to count. Raises MicfpError where the parameters or a
    preset cannot be read, or git or DVC do not answer.
    """
    found = References()
    own = [record for record in read_records() if is_own(record)]
    sets = list(_current_sets(ignore))
    older = list(_older_sets(found))
    planned: set[str] = set()
    unknown = 0
    for each in progress([*sets, *older], len(sets) + len(older), "asking parameters"):
        try:
            params = parse_params(each.values, each.name)
        except MicfpError:
            if not each.older:
                raise
            unknown += 1
            continue
        for rooted in _at_their_roots(params, own):
            key = store.digest(rooted.model_dump(mode="json", exclude={"tracking", "report"}))
            if key not in planned:
                planned.add(key)
                found.addresses |= _addresses_of(each, rooted, own, found)
    published, not_here = published_by_dvc()
    published |= published_here(RESULTS)
    found.addresses |= with_needs(published)
    found.counted = [
        str(PARAMS),
        f"{len(sets) - 1} presets",
        f"{len(older) - unknown} states of {PARAMS} in git",
        f"{len(published)} published results",
    ]
    if unknown:
        found.careful.append(
            f"{unknown} older states of {PARAMS} in git are of another version of micfp: of them "
            "just what DVC has published counts"
        )
    if not_here:
        found.careful.append(
            f"{not_here} outputs of DVC are not in its cache here: what they hold may go from the "
            "store, and comes back with `dvc pull`"
        )
    return found


def is_own(record: Record) -> bool:
    """Whether this checkout made a plan, or one of DVC's short-lived copies of it."""
    here = Path.cwd()
    return record.folder == here or (
        record.folder.is_relative_to(here) and not record.folder.exists()
    )


def references_of_others(ignore: Collection[str] = ()) -> References:
    """What other checkouts on this store planned, and what is being made just now.

    ignore: folders of checkouts that are not to count. Raises MicfpError while a Bayesian search is
    at work, whose intermediate results nobody can name.
    """
    found = References()
    folders: dict[Path, set[str]] = {}
    for record in read_records():
        if not is_own(record) and str(record.folder) not in ignore:
            folders.setdefault(record.folder, set()).update(record.addresses)
    for folder, addresses in sorted(folders.items()):
        found.addresses |= with_needs(addresses)
        found.counted.append(f"what {folder} planned")
        if not folder.exists():
            found.careful.append(
                f"{folder} is not here (a checkout on another machine, or removed); what it "
                f"planned is kept. Where it is gone for good: --ignore {folder}"
            )
    at_work = list(_being_made())
    if any(address.startswith("draw/") for address in at_work):
        raise MicfpError("a Bayesian search is at work on this store; wait for it")
    found.addresses |= with_needs(at_work)
    return found


def _being_made() -> Iterator[str]:
    for path in sorted((store.store_root() / ".locks").glob("*-*")):
        step, _, key = path.name.rpartition("-")
        with store.locked_if_free(path.name) as free:
            if not free:
                yield f"{step}/{key}"


def _current_sets(ignore: Collection[str]) -> Iterator[ParameterSet]:
    if not PARAMS.exists():
        raise MicfpError(
            f"there is no {PARAMS} here; go to the folder of a checkout, so that what it refers to "
            "is known"
        )
    values = read_yaml(PARAMS)
    yield ParameterSet(str(PARAMS), values)
    for preset in sorted(PRESETS.glob("*.yaml")):
        if preset.stem not in ignore:
            yield ParameterSet(
                f"preset {preset.stem}", merge(values, read_yaml(preset)), preset.stem
            )


def _older_sets(found: References) -> Iterator[ParameterSet]:
    import yaml

    unreadable = 0
    for revision in revisions_of(str(PARAMS)):
        try:
            values = yaml.safe_load(revision.text)
        except yaml.YAMLError:
            values = None
        if isinstance(values, dict):
            yield ParameterSet(f"{PARAMS} at {revision.commit[:8]}", values, older=True)
        else:
            unreadable += 1
    if unreadable:
        found.careful.append(f"{unreadable} older states of {PARAMS} in git are not readable")


def _at_their_roots(params: Params, own: Iterable[Record]) -> list[Params]:
    """Where the command line says where the recordings lie: with every place that it has said."""
    corpus = params.corpus
    if corpus.root is not None or corpus.reader == "bench":
        return [params]
    roots = sorted({r.root for r in own if r.reader == corpus.reader and r.root is not None})
    return [
        params.model_copy(update={"corpus": corpus.model_copy(update={"root": Path(root)})})
        for root in roots
    ]


def _addresses_of(
    each: ParameterSet, params: Params, own: Iterable[Record], found: References
) -> set[str]:
    """What every target wants; where the recordings are not there, what runs on them wanted."""
    why = _not_there(params)
    if why is None:
        tasks = list(tasks_of_all_targets(params))
        addresses: set[str] = set()
        while tasks:
            task = tasks.pop()
            if task.address not in addresses:
                addresses.add(task.address)
                tasks += task.needs()
        return with_needs(a for a in addresses if a.startswith("study/")) | addresses
    root = None if params.corpus.root is None else str(params.corpus.root.absolute())
    records = [r for r in own if (r.reader, r.root) == (params.corpus.reader, root)]
    if records:
        free = f"; --ignore {each.preset} lets it go" if each.preset else ""
        found.careful.append(
            f"{each.name}: its recordings cannot be read ({why}), so everything that runs on them "
            f"wanted is kept{free}"
        )
    return with_needs(address for record in records for address in record.addresses)


def _not_there(params: Params) -> str | None:
    """Why nobody can say what these parameters want; None where one can."""
    try:
        recordings = plan_originals(params)
    except MicfpError as error:
        return str(error)
    gone = [r.path for r in recordings if r.made_by is None and r.mtime_ns is None]
    return f"{len(gone)} of them are gone, {gone[0]} first" if gone else None
