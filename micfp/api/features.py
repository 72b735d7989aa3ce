"""Features of a recording, as the pipeline makes them: `micfp.features`."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from micfp.api.sound import Recording, as_file, check_listening, name_of, sound_of
from micfp.audio import isolated, probe, read_ranges
from micfp.errors import MicfpError, shown
from micfp.features import FeatureSet, column_names, extract
from micfp.plan.params import Params, parse_params
from micfp.recordings.segmentation.file import segment

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from micfp.audio import Channel
    from micfp.config.audio import SegmentsConfig

POSITIONS = ("recording", "start_sample", "stop_sample")
AT_A_TIME = 64
"""Segments that are in memory together, at most."""
Settings = Mapping[str, Any]
Found = TypeVar("Found")


def features(
    recording: Recording,
    sets: str | Settings | Sequence[str] = "thesis",
    *,
    segments: str | Settings = "silence",
    channel: "Channel" = "mean",
    track: int | None = None,
) -> "pd.DataFrame":
    """Cut a recording into segments, and measure the features of each, as the pipeline does.

    Parameters
    ----------
    recording
        A file, or samples (`micfp.Samples`, or a tuple of samples and their rate in Hz).
    sets
        Name of a feature set of params.yaml ("thesis", "ltas", "study"), or several names; or the
        settings of one, as they stand there: `{"families": ["mfcc"], "rate_hz": "native"}`.
    segments
        Method of cutting: "silence", "windows" of 1 s, or the recording as a "whole"; or the
        section `segments` of params.yaml: `{"method": "windows", "windows": {"length_s": 2,
        "hop_s": 2}}`.
    channel
        Of recordings with several: an index from 0, or "mean" of all.
    track
        Audio track of films with several, from 0; None: the first with sound.

    Returns
    -------
    A row for each segment, in order of time: `recording`, `start_sample` and `stop_sample` (in
    samples of the recording's own rate), then the features, float32. Their names are those of the
    pipeline: family, row and aggregate, such as `mfcc_0_mean` and `rms_mean`; `ltas_000` and so on
    are bands in dB. A family that is not defined for a segment is NaN. No row: nothing but silence,
    or all segments are too short.

    Raises
    ------
    MicfpError
        A file that is no audio; samples, a feature set or segments of another kind.

    Examples
    --------
    Of a sine with an amplitude of 0.5, the RMS is 0.5 / sqrt(2) = 0.354:

    >>> import numpy as np
    >>> import micfp
    >>> time_s = np.arange(44_100) / 22_050
    >>> sine = 0.5 * np.sin(2 * np.pi * 441 * time_s)
    >>> table = micfp.features((sine, 22_050), {"families": ["rms"]}, segments="windows")
    >>> table[["start_sample", "stop_sample"]].values.tolist()
    [[0, 22050], [22050, 44100]]
    >>> table["rms_mean"].astype(float).round(2).tolist()
    [0.35, 0.35]
    """
    import numpy as np

    sound = sound_of(recording)
    check_listening(channel, track)
    wanted, cutting = _settings(sets, segments)
    columns = [name for one in wanted for name in column_names(one)]
    _refuse_twice(columns)
    with as_file(sound) as path:
        cuts, rate_hz = _cut(path, cutting, channel, track)
        pieces = _pieces(path, cuts, channel, track)
        rows = [np.concatenate([extract(one, rate_hz, s) for s in wanted]) for one in pieces]
    return _table(name_of(sound), cuts, rows, columns)


def _cut(
    path: Path, cutting: "SegmentsConfig", channel: "Channel", track: int | None
) -> "tuple[NDArray[np.int64], int]":
    """Segments (k, 2), and the rate in Hz that their positions are counted at."""

    def one(path: Path) -> "tuple[NDArray[np.int64], int]":
        return segment(path, cutting, channel, track), probe(path, track).sample_rate_hz

    (found,) = isolated(one, [path])
    return _or_raise(found)


def _pieces(
    path: Path, cuts: "NDArray[np.int64]", channel: "Channel", track: int | None
) -> "Iterator[NDArray[np.float32]]":
    """Samples of each segment: decoded in a process that may die, some at a time."""
    some = [cuts[k : k + AT_A_TIME].tolist() for k in range(0, len(cuts), AT_A_TIME)]
    each = isolated(
        lambda ranges: list(read_ranges(path, ranges, channel, track)), some, lambda _: path
    )
    for pieces in each:
        yield from _or_raise(pieces)


def _or_raise(found: Found | MicfpError) -> Found:
    if isinstance(found, MicfpError):
        raise found
    return found


def _table(
    name: str,
    cuts: "NDArray[np.int64]",
    rows: "list[NDArray[np.float32]]",
    columns: list[str],
) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    values = np.array(rows, np.float32).reshape(len(rows), len(columns))
    positions = pd.DataFrame(
        {
            "recording": pd.Series([name] * len(cuts), dtype=str),
            "start_sample": cuts[:, 0],
            "stop_sample": cuts[:, 1],
        },
        columns=list(POSITIONS),
    )
    return pd.concat([positions, pd.DataFrame(values, columns=columns)], axis=1)


@cache
def _default_sets() -> Mapping[str, FeatureSet]:
    return Params().features


def _settings(
    sets: str | Settings | Sequence[str], segments: str | Settings
) -> "tuple[list[FeatureSet], SegmentsConfig]":
    """Feature sets and the way of cutting, checked as params.yaml is."""
    known = _default_sets()
    asked: dict[str, Any] = {
        name: one.model_dump(mode="json", exclude_unset=True) for name, one in known.items()
    }
    if not isinstance(sets, str | Mapping | list | tuple) or not sets:
        raise MicfpError(
            f"sets {shown(sets)}: give the name of a feature set ({', '.join(known)}), some of "
            "them, or settings of one"
        )
    if not isinstance(segments, str | Mapping):
        raise MicfpError(f'segments {shown(segments)}: give "silence", "windows", or settings')
    names: Sequence[str] = ["own"]
    if isinstance(sets, Mapping):
        asked["own"] = dict(sets)
    else:
        names = [sets] if isinstance(sets, str) else list(sets)
    for name in names:
        if not isinstance(name, str) or name not in asked:
            raise MicfpError(
                f"{shown(name)} is no feature set: give {', '.join(known)}, or settings such as "
                '{"families": ["mfcc"]}'
            )
    cutting = dict(segments) if isinstance(segments, Mapping) else {"method": segments}
    params = parse_params({"features": asked, "segments": cutting}, "features")
    return [params.features[name] for name in names], params.segments


def _refuse_twice(columns: list[str]) -> None:
    for name in columns:
        if columns.count(name) > 1:
            raise MicfpError(
                f"several of these feature sets have the column {name}: ask for them one by one"
            )
