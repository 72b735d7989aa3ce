"""What a model takes of a recording: the values of its segments, and what a reader must know."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.audio import AudioInfo, probe, read_ranges
from micfp.engine.store import sha256
from micfp.errors import MicfpError
from micfp.features import FeatureSet
from micfp.fingerprint.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.features.frames import FrameSet

FEW_SEGMENTS = 3
QUIET_DBFS = -60.0
LONGEST_SEGMENT_S = 60.0  # of a longer one the beginning serves: memory does not follow the file
MOST_SEGMENTS = 3600  # of more, as many spread over the recording: half an hour of windows of 0.5 s
BY_HEART = (
    "the model was trained with this very file and knows it by heart: its answer says nothing of "
    "how well it does"
)
# Names of codecs that keep every sample begin so.
LOSSLESS = ("pcm_s", "pcm_u", "pcm_f", "float", "flac", "alac", "wavpack")


@dataclass(frozen=True)
class Heard:
    """What a model takes of a recording.

    Attributes
    ----------
    values
        of its k segments: features, shape (k, p), or frames, shape (k, T, F)
    warnings
        sentences that a reader needs to know
    outside
        why the recording is outside of what the model learned, sentences that are among the
        warnings too; empty where it is not
    learned_from
        whether the model was trained with this very file; the warnings say so too
    """

    values: "NDArray[np.float32]"
    warnings: tuple[str, ...]
    outside: tuple[str, ...] = ()
    learned_from: bool = False


def segment_values(path: Path, model: Model, track: int | None = None) -> Heard:
    """Listen to a recording as a model does.

    Where the model's way of cutting finds no segment, the beginning of the recording is one.
    track: as in `micfp.audio.probe`.
    Raises MicfpError where the file is no audio, or holds nothing that could be judged.
    """
    import numpy as np

    from micfp.recordings.opening import file_warnings
    from micfp.recordings.segmentation.file import segment

    info = probe(path, track)
    one_channel = "export one channel, or use a model of one channel (corpus.channel: 0)"
    warnings = file_warnings(info, model.channel, track, one_channel)
    by_heart = bool(model.learned_from) and sha256(path) in model.learned_from
    if by_heart:
        warnings.append(BY_HEART)
    cuts = segment(path, model.segments, model.channel, track)
    if len(cuts) == 0:
        warnings.append(
            f"no segment could be cut from its {info.n_samples / info.sample_rate_hz:.2f} s (too "
            f"short or too quiet): its beginning, at most {LONGEST_SEGMENT_S:g} s, was used as one"
        )
        cuts = np.array([[0, info.n_samples]])
    if len(cuts) > MOST_SEGMENTS:
        warnings.append(f"of its {len(cuts)} segments {MOST_SEGMENTS} were used, spread evenly")
        cuts = cuts[np.linspace(0, len(cuts) - 1, MOST_SEGMENTS).round().astype(int)]
    longest = int(LONGEST_SEGMENT_S * info.sample_rate_hz)
    if (lengths := cuts[:, 1] - cuts[:, 0]).max() > longest:
        cuts = np.stack([cuts[:, 0], cuts[:, 0] + np.minimum(lengths, longest)], axis=1)
    rows, power, n_samples, is_still = [], 0.0, 0, True
    for samples in read_ranges(path, cuts.tolist(), model.channel, track):
        rows.append(_row(path, samples, info.sample_rate_hz, model.features))
        finite = samples[np.isfinite(samples)].astype(np.float64)
        power += float(finite @ finite)
        n_samples += len(finite)
        is_still = is_still and (len(finite) == 0 or finite.min() == finite.max())
    if is_still and n_samples:
        raise MicfpError(
            f"{path}: digital silence: all samples that would be judged are the same, and no "
            "microphone can be heard in them"
        )
    level_dbfs = 10 * np.log10(max(power / max(n_samples, 1), 1e-20))
    if level_dbfs < QUIET_DBFS:
        warnings.append(f"very quiet: {level_dbfs:.0f} dBFS; the answer may say little")
    if len(cuts) < FEW_SEGMENTS:
        warnings.append(f"only {len(cuts)} segment(s): too short for a dependable answer")
    values = np.stack(rows)
    if isinstance(model.features, FeatureSet):
        values = values[:, model.used_columns()]
    usable = np.flatnonzero(~np.isnan(values).reshape(len(values), -1).all(axis=1))
    if len(usable) == 0:
        raise MicfpError(
            f"{path}: nothing to judge: its samples are no numbers (NaN or infinite) or too few"
        )
    if len(usable) < len(values):
        warnings.append(
            f"{len(values) - len(usable)} of {len(values)} segments were left out: their samples "
            "are no numbers (NaN or infinite) or too few"
        )
        values = values[usable]
    if isinstance(model.features, FeatureSet):
        warnings += _empty_columns(values, model, info.sample_rate_hz)
    outside = [*_of_form(info, model), *_of_content(values, model)]
    return Heard(values, (*warnings, *outside), tuple(outside), by_heart)


def _of_content(values: "NDArray[np.float32]", model: Model) -> Iterator[str]:
    """Say where what is heard lies beyond what the model learned, if it knows its limit."""
    limit, space = model.calibration.record.limit, model.calibration.space
    if limit is not None and space is not None:
        why = limit.why_outside(space, values)
        if why is not None:
            yield why


def _of_form(info: AudioInfo, model: Model) -> Iterator[str]:
    """Say what of the rate and the codec the model did not learn from."""
    if info.sample_rate_hz not in model.sample_rates_hz:
        rates = ", ".join(map(str, model.sample_rates_hz))
        why = "something made or converted it that the model does not know"
        if not isinstance(model.features, FeatureSet) and _is_strange(info.sample_rate_hz, model):
            why = "its frames cover another band, and the answer says nothing"
        yield (
            f"its sample rate ({info.sample_rate_hz} Hz) is none that the model learned from "
            f"({rates} Hz): {why}"
        )
    if _form(info.codec) not in map(_form, model.codecs):
        yield (
            f"it is {info.codec}, and the model learned from {', '.join(model.codecs)} alone: an "
            "encoder changes what the model listens to, and the name may well be wrong"
        )


def _form(codec: str) -> str:
    """What of a codec a model could hear: nothing of one that keeps every sample."""
    return "lossless" if codec.startswith(LOSSLESS) else codec


def _row(
    path: Path, samples: "NDArray[np.float32]", rate_hz: int, features: "FeatureSet | FrameSet"
) -> "NDArray[np.float32]":
    """What is made of one segment."""
    if isinstance(features, FeatureSet):
        from micfp.features import extract

        return extract(samples, rate_hz, features)
    from micfp.features.frames import frame_matrix

    try:
        return frame_matrix(samples, rate_hz, features)
    except MicfpError as error:
        raise MicfpError(f"{path}: too short for the model's frames: {error}") from None


def _empty_columns(values: "NDArray[np.float32]", model: Model, rate_hz: int) -> Iterator[str]:
    """Say which of the columns that training had are empty, and why as far as that is known."""
    import numpy as np

    fitted: Any = model.fitted
    # A column that was empty, or the same, in all training rows is not among these.
    used = fitted.pipeline.named_steps["varying"].get_support()
    missing = int(np.isnan(values[:, used]).all(axis=0).sum())
    if not missing:
        return
    if rate_hz < min(model.sample_rates_hz):
        reason = f"its sample rate ({rate_hz} Hz) is lower than the model was trained with"
    else:
        # A phone may cut off what its sample rate would hold; HNR needs a voice.
        reason = f"the recording ({rate_hz} Hz) holds nothing that they could measure"
    yield f"{missing} of the {used.sum()} feature columns that the model uses are empty: {reason}"


def _is_strange(rate_hz: int, model: Model) -> bool:
    """Whether frames of a recording at this rate are others than those that were learned from."""
    wanted = model.features.rate_hz
    if wanted == "native":
        return rate_hz not in model.sample_rates_hz
    return rate_hz < min(wanted, *model.sample_rates_hz)
