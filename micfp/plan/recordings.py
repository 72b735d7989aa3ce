"""Planning: which recordings go in, and how they are dealt into shards."""

import hashlib
import itertools
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CorpusConfig
from micfp.config.population import PopulationConfig
from micfp.engine.digests import file_digests
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.store import digest
from micfp.engine.task import Recording, Task
from micfp.errors import MicfpError
from micfp.plan.params import Params
from micfp.tables import LABELS, labels_of, rows_of

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel


BENCH = Stage("bench", 1, "micfp.stages.bench", packing="alone", travels=False, libraries=SOUND)
PHONES = Stage("phones", 1, "micfp.stages.phones", s_per_mb=2.0, travels=False, libraries=SOUND)
DEGRADE = Stage(
    "degrade",
    4,
    "micfp.stages.degrade",
    mem_mb=2000,
    s_per_mb=0.1,
    cost_by=("chain",),
    travels=False,
    libraries=SOUND,
)
STAGES = (BENCH, PHONES, DEGRADE)
# The sections of params.yaml that recordings depend on.
RECORDINGS_READ = {"seed", "shard_mb", "corpus", "bench", "degrade"}


def plan_recordings(params: Params) -> list[Recording]:
    """The recordings of a corpus with their content digests; opens no audio.

    A recording that may not exist yet, of the bench or degraded, has the digest of what makes it in
    place of its content's. Files of equal content have equal digests; the check flags them.
    """
    originals = plan_originals(params)
    return degraded(params, originals)


def plan_originals(params: Params) -> list[Recording]:
    """The recordings of a corpus as they are before anything happens to them."""
    if is_simulated(params.corpus):
        if params.target not in LABELS:
            raise MicfpError(
                f"target = {params.target}: the bench labels what it makes by {', '.join(LABELS)}; "
                "`micfp bench OUT` writes it with a recordings.csv, which may have further columns"
            )
        return _bench_recordings(params)
    if params.corpus.population is not None:
        return _phone_recordings(params.corpus.population, params.seed)
    from micfp.corpora import read_corpus

    return recordings_of(read_corpus(params.corpus, params.target), params.target)


def is_simulated(config: CorpusConfig) -> bool:
    """Whether the recordings are those of the bench, which is simulated here."""
    return config.reader == "bench" and config.root is None


def recordings_of(table: "pd.DataFrame", target: str = "device") -> list[Recording]:
    """Recordings of a corpus table, with digests and sizes."""
    paths = [Path(path) for path in table["path"]]
    digests = file_digests(paths)
    recordings = []
    labelled = table[list(labels_of(target))].astype(str).to_dict(orient="records")
    for path, row in zip(paths, labelled, strict=True):
        labels = {str(name): value for name, value in row.items()}
        try:
            stat = path.stat()
            size_bytes, mtime_ns = stat.st_size, stat.st_mtime_ns
        except OSError:
            size_bytes, mtime_ns = 0, None
        place = str(path.absolute())
        recordings.append(Recording(digests[path], place, labels, size_bytes, mtime_ns=mtime_ns))
    return recordings


def label_rows(recordings: Iterable[Recording], target: str) -> "pd.DataFrame":
    """The labels of recordings, a row each: what the check will leave in, as far as planning knows.

    A file that cannot be read goes, and so do copies of one content that name two devices.
    """
    import pandas as pd

    rows = [
        {"segment": one.recording, "recording": one.recording, **dict(one.labels)}
        for one in recordings
        if not one.recording.startswith("unreadable-")
    ]
    table = pd.DataFrame(rows, columns=["segment", "recording", *labels_of(target)])
    devices = table.groupby("recording")["device"].transform("nunique")
    return table[devices < 2].drop_duplicates("recording")


def describe(config: CorpusConfig) -> "pd.DataFrame":
    """The recordings table of a corpus, read in this process: `micfp corpus`.

    Rate, samples and channels are empty for a file that cannot be read.
    """
    import pandas as pd

    from micfp.audio import probe
    from micfp.corpora import read_corpus_aloud
    from micfp.progress import progress

    table = read_corpus_aloud(config)
    paths = [Path(path) for path in table["path"]]
    digests = file_digests(paths, cached=False)
    table.insert(0, "recording", pd.Series([digests[path] for path in paths], dtype=str))
    numbers: list[tuple[int | None, ...]] = []
    for path in progress(paths, len(paths), "reading"):
        try:
            info = probe(path)
            numbers.append((info.sample_rate_hz, info.n_samples, info.n_channels))
        except MicfpError:
            numbers.append((None, None, None))
    columns = ["sample_rate_hz", "n_samples", "n_channels"]
    return table.join(pd.DataFrame(numbers, columns=columns, dtype="Int64"))


def _bench_recordings(params: Params) -> list[Recording]:
    from micfp.bench.build import planned_recordings, source_files

    table = planned_recordings(params.bench)
    config = params.bench.model_dump(mode="json")
    measured = sorted(file_digests(source_files(params.bench)).values())
    settings = {"bench": config, "seed": params.seed, "measured": measured}
    sessions = {
        session: Task(BENCH, settings | {"session": session})
        for session in table["session"].unique()
    }
    adc = params.bench.adc
    bytes_a_second = adc.sample_rate_hz * (2 if adc.bit_depth <= 16 else 3)
    sizes = {
        (session.name, content.name): round(content.duration_s * bytes_a_second)
        for session in params.bench.sessions
        for content in session.contents
    }
    recordings = []
    for row in rows_of(table):
        task = sessions[row.session]
        labels = {name: str(getattr(row, name)) for name in LABELS}
        size = sizes[row.session, row.content]
        recordings.append(
            Recording(digest([task.key, row.path]), str(task.path / row.path), labels, size, task)
        )
    return recordings


def _phone_recordings(config: PopulationConfig, seed: int) -> list[Recording]:
    """Recordings of virtual phones, a task a phone."""
    from micfp.bench.build import COLUMNS
    from micfp.bench.population import row_of, takes

    recordings = []
    planned = takes(config, seed)
    speech = file_digests({take.speech for take in planned if take.speech is not None})
    for number, of_device in itertools.groupby(planned, lambda take: take.device):
        own = list(of_device)
        settings = {
            "population": config.model_dump(mode="json"),
            "seed": seed,
            "device": number,
            "measured": sorted({speech[one.speech] for one in own if one.speech is not None}),
        }
        task = Task(PHONES, settings)
        size = round(2 * config.take_s * max(config.recorder.rates_hz))
        for take in own:
            path, *labels = row_of(config, take)
            told = dict(zip(COLUMNS[1:], labels, strict=True))
            recordings.append(
                Recording(digest([task.key, path]), str(task.path / path), told, size, task)
            )
    return recordings


def degraded(params: Params, originals: Sequence[Recording]) -> list[Recording]:
    """The copies that the step `degrade` makes, a task a shard; without a chain the originals.

    Digest and name of one are those of a task of its own, whatever shares its shard.
    """
    if not params.degrade:
        return list(originals)
    from micfp.degrade import source_files

    settings: dict[str, Any] = {
        "chain": [one.model_dump(mode="json") for one in params.degrade],
        "seed": params.seed,
    }
    if _is_mono(params):
        settings["channel"] = params.corpus.channel
    measured = sorted(file_digests(source_files(params.degrade)).values())
    if measured:
        settings["measured"] = measured
    tasks = [Task(DEGRADE, settings, audio=s) for s in shards(originals, params.shard_mb)]
    task_of = {r.recording: task for task in tasks for r in task.audio}
    return [
        copy_of(one, Task(DEGRADE, settings, audio=(one,)).key, task_of[one.recording])
        for one in originals
    ]


def channel_read(params: Params) -> "Channel":
    """The channel that is read of the recordings: copies in files of one channel have no other."""
    return "mean" if _is_mono(params) else params.corpus.channel


def _is_mono(params: Params) -> bool:
    from micfp.degrade import mono_from

    return mono_from(params.degrade) < len(params.degrade)


def copy_of(original: Recording, recording: str, maker: Task) -> Recording:
    """The copy of a recording, with the digest `recording`, that a task is to make."""
    return replace(
        original,
        recording=recording,
        path=str(maker.path / original.copy_name),
        made_by=maker,
        mtime_ns=None,
        original=original.path,
    )


def shards(recordings: Iterable[Recording], shard_mb: float) -> list[tuple[Recording, ...]]:
    """Deal recordings into shards of about equal size.

    The shard follows from a digest of the file's name with its folders below the corpus, so that an
    edit of one file moves no other, and a corpus may move as a whole; what the bench makes is dealt
    by the job that makes it. Of equal contents one is dealt.
    """
    recordings = list({r.recording: r for r in recordings}.values())
    # Names as text: pathlib would take seconds for tens of thousands.
    root = os.path.commonpath([os.path.dirname(r.path) for r in recordings]) if recordings else ""
    total_mb = sum(r.size_bytes for r in recordings) / 1e6
    count = 1
    while count * shard_mb < total_mb:
        count *= 2
    dealt: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        if recording.made_by is not None:
            dealt[recording.made_by.key].append(recording)
        else:
            name = recording.path.removeprefix(root).lstrip(os.sep)
            number = int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:8])
            dealt[f"{number % count:06d}"].append(recording)
    return [tuple(dealt[name]) for name in sorted(dealt)]
