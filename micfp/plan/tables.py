"""Tasks from recordings to feature tables."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from micfp.engine.libraries import ARRAYS, AUDIO, SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Task
from micfp.features import FeatureSet, settings_read, versions_read
from micfp.plan.params import Params
from micfp.plan.recordings import channel_read

CHECK = Stage("check", 5, "micfp.stages.check", mem_mb=1000, travels=False, libraries=AUDIO)
QUALITY = Stage(
    "quality", 3, "micfp.stages.quality", mem_mb=1000, of_features=True, libraries=ARRAYS
)
TRIM = Stage("trim", 2, "micfp.stages.trim", mem_mb=1000, travels=False, libraries=AUDIO)
SEGMENTS = Stage(
    "segments",
    2,
    "micfp.stages.segments",
    mem_mb=1000,
    cost_by=("segments",),
    travels=False,
    libraries=AUDIO,
)
FEATURES = Stage(
    "features",
    2,
    "micfp.stages.features",
    s_per_mb=0.01,
    cost_by=("set",),
    travels=False,
    rule_name="extract",
    libraries=(*SOUND, "librosa", "praat-parselmouth", "webrtcvad-wheels"),
)
DATASET = Stage(
    "dataset", 2, "micfp.stages.dataset", mem_mb=2000, of_features=True, libraries=("numpy",)
)
AUGMENTED = Stage("augmented", 3, "micfp.stages.augmented", mem_mb=2000)
STAGES = (CHECK, QUALITY, TRIM, SEGMENTS, FEATURES, DATASET, AUGMENTED)

# Kinds of degradation that encode, by the names that `AudioInfo.codec` has for what they make.
CODECS = {
    **{kind: kind for kind in ("mp3", "aac", "vorbis", "opus", "amr_nb")},
    "gsm": "gsm610",
}


def check_task(params: Params, shard: tuple[Recording, ...]) -> Task:
    """Plan the measurements of a shard; thresholds come later."""
    settings = {
        "channel": channel_read(params),
        "synchrony_minutes": params.check.synchrony_minutes,
    }
    return Task(CHECK, settings, audio=shard)


def quality_task(
    params: Params, recordings: tuple[Recording, ...], checks: tuple[Task, ...]
) -> Task:
    """Plan the quality table."""
    config = params.check.model_dump(mode="json")
    return Task(QUALITY, {"check": config}, {"check": checks}, recordings, labels=True)


def trim_tasks(params: Params, shards: Sequence[tuple[Recording, ...]]) -> Iterator[Task | None]:
    """Plan the windows of every shard, drawn once a run; None where recordings are used whole."""
    if params.trim.train is None and params.trim.test is None:
        yield from [None] * len(shards)
        return
    import numpy as np

    from micfp.recordings.segmentation.trimming import draw_windows

    sessions = [r.labels["session"] for shard in shards for r in shard]
    windows = draw_windows(params.trim, sessions, np.random.default_rng(params.seed))
    assert windows is not None
    for shard in shards:
        yield Task(
            TRIM,
            {
                "train": _ends(windows.train),
                "test": _ends(windows.test),
                "test_sessions": list(windows.test_sessions),
            },
            audio=shard,
            labels=True,
        )


def _ends(minutes: tuple[float, float]) -> list[float | None]:
    return [None if math.isinf(value) else value for value in minutes]


def segments_task(params: Params, shard: tuple[Recording, ...], trimmed: Task | None) -> Task:
    """Plan the segments of a shard."""
    config = params.segments.model_dump(mode="json")
    for other in {"silence", "windows"} - {params.segments.method}:
        del config[other]
    return Task(
        SEGMENTS,
        {"segments": config, "channel": channel_read(params)},
        {} if trimmed is None else {"trim": (trimmed,)},
        shard,
    )


def features_task(
    params: Params, name: str, shard: tuple[Recording, ...], segments: Task, trimmed: Task | None
) -> Task:
    """Plan the feature set `name` of a shard."""
    inputs = {"segments": (segments,)} | ({} if trimmed is None else {"trim": (trimmed,)})
    own = set_read(params.features[name]) | {"channel": channel_read(params)}
    return Task(FEATURES, own, inputs, shard)


def set_read(features: FeatureSet) -> dict[str, Any]:
    """Settings and raised versions of what a feature set is measured by, for a task's key."""
    versions = versions_read(features)
    return {"set": settings_read(features)} | ({"versions": versions} if versions else {})


def dataset_task(
    params: Params,
    name: str,
    recordings: tuple[Recording, ...],
    quality: Task,
    segments: tuple[Task, ...],
    features: tuple[Task, ...],
    trimmed: tuple[Task, ...],
) -> Task:
    """Plan the table of the feature set `name`."""
    normalised = {"content_normalised": True} if params.features[name].content_normalised else {}
    about = {
        "features": features[0].params["set"] | normalised,
        "segments": segments[0].params["segments"],
        "channel": channel_read(params),
        **encoded(recordings),
    }
    inputs = {
        "quality": (quality,),
        "segments": segments,
        "features": features,
        "trimmed": trimmed,
    }
    return Task(DATASET, {"about": about}, inputs, recordings, labels=True)


def encoded(recordings: tuple[Recording, ...]) -> dict[str, list[str]]:
    """Codecs that degraded copies went through, which their files no longer show."""
    chains = {
        json.dumps(r.made_by.params["chain"])
        for r in recordings
        if r.made_by is not None and r.made_by.step == "degrade"
    }
    stages = [stage for chain in chains for stage in json.loads(chain)]
    names = {CODECS[stage["kind"]] for stage in stages if stage["kind"] in CODECS}
    names |= {f"{stage['law']}law" for stage in stages if stage["kind"] == "g711"}
    return {"encoded": sorted(names)} if names else {}


def copies_task(
    originals: Task, copies: tuple[Task, ...], original_of: Mapping[str, str] | None = None
) -> Task:
    """Plan the joined table.

    original_of: the recording that each copy is of; without it there must be no copies of what is
    tested.
    """
    about = {"about": originals.params["about"]}
    if original_of is not None:
        about["originals"] = dict(original_of)
    return Task(AUGMENTED, about, {"datasets": (originals, *copies)}, where=originals.where)
