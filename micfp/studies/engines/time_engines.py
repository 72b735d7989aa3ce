"""Step `time_engines`: how long each engine takes to cut recordings and to measure their segments.

Reads: audio, segments. Writes: `cuts.csv`, a row for each recording, and `families.csv`, a row for
each feature family alone and one for all together: seconds of the fast engine and of the reference.
They are seconds of the processor, in one thread and without reading audio. What a first call
compiles or keeps for later calls (numba, filter banks) is made before. Other numbers on every
machine: kept beside the tables, not in them.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.audio import SilenceConfig
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Spec, Task
from micfp.errors import MicfpError
from micfp.features import FeatureSet
from micfp.features.registry import LIBROSA_FAMILIES
from micfp.plan.params import Params
from micfp.plan.recordings import channel_read
from micfp.plan.tables import set_read
from micfp.stages.sources import source_audio
from micfp.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

    from micfp.features.spectrum import Float32

STAGE = Stage(
    "time_engines",
    1,
    "micfp.studies.engines.time_engines",
    packing="alone",
    libraries=(*SOUND, "librosa", "pydub"),
)
TOGETHER = "all together"
BLOCK_SAMPLES = 1 << 18


def task(
    params: Params,
    features: FeatureSet,
    shard: tuple[Recording, ...],
    segments: Task,
    trimmed: Task | None,
) -> Task:
    """Plan the timing of a shard; `features` has all families that librosa has."""
    silence = params.segments.silence.model_copy(update={"engine": "fast"})
    settings = {
        "silence": silence.model_dump(mode="json"),
        **set_read(features.model_copy(update={"engine": "fast"})),
        "channel": channel_read(params),
    }
    inputs = {"segments": (segments,)} | ({} if trimmed is None else {"trim": (trimmed,)})
    return Task(STAGE, settings, inputs, shard)


def run(spec: Spec, out: Path) -> None:
    """Time both engines on every recording and every segment of the shard."""
    import pandas as pd

    silence = SilenceConfig.model_validate(spec.params["silence"])
    clocks = list(clocks_of(FeatureSet.model_validate(spec.params["set"])))
    segments = read_table(spec.entry("segments") / "segments.parquet")
    cuts: list[dict[str, Any]] = []
    for source in source_audio(spec):
        try:
            fast_s, pydub_s = _seconds_of_cuts(source.path, silence, spec.params["channel"])
        except MicfpError as error:
            print(f"left out: {error}")  # the check reports it; the others go on
        else:
            cuts.append({"recording": source.recording, "fast_s": fast_s, "reference_s": pydub_s})
    for samples, rate_hz in _pieces(spec, segments):
        for clock in clocks:
            clock.time(samples, rate_hz)
    columns = ["recording", "fast_s", "reference_s"]
    pd.DataFrame(cuts, columns=columns).to_csv(out / "cuts.csv", index=False)
    families = [
        {"family": clock.name, "fast_s": clock.fast_s, "reference_s": clock.reference_s}
        for clock in clocks
    ]
    pd.DataFrame(families).to_csv(out / "families.csv", index=False)


@dataclass
class Clock:
    """Adds up what each engine takes for one set of families."""

    name: str
    settings: FeatureSet
    fast_s: float = 0.0
    reference_s: float = 0.0
    rates_hz: set[int] = field(default_factory=set)

    def time(self, samples: "Float32", rate_hz: int) -> None:
        """Measure one segment by both engines; the first of each rate once more, before."""
        from micfp.features import extract

        by_librosa = self.settings.model_copy(update={"engine": "librosa"})
        if rate_hz not in self.rates_hz:
            self.rates_hz.add(rate_hz)
            extract(samples, rate_hz, self.settings)
            extract(samples, rate_hz, by_librosa)
        self.fast_s += _seconds(extract, samples, rate_hz, self.settings)
        self.reference_s += _seconds(extract, samples, rate_hz, by_librosa)


def clocks_of(features: FeatureSet) -> Iterator[Clock]:
    """One for each family that librosa has, and one for all together."""
    for family in LIBROSA_FAMILIES:
        yield Clock(family, features.model_copy(update={"families": (family,)}))
    yield Clock(TOGETHER, features.model_copy(update={"families": LIBROSA_FAMILIES}))


def _seconds_of_cuts(path: Path, silence: SilenceConfig, channel: Any) -> tuple[float, float]:
    """What the fast engine and pydub take for the same samples."""
    from micfp import audio
    from micfp.recordings.segmentation.file import silence_engine

    info = audio.probe(path)
    blocks = list(audio.pcm_blocks(path, BLOCK_SAMPLES, channel=channel))
    given = (blocks, info.sample_rate_hz, audio.full_scale(info), silence)
    return _seconds(silence_engine("fast"), *given), _seconds(silence_engine("pydub"), *given)


def _pieces(spec: Spec, segments: "pd.DataFrame") -> Iterator[tuple["Float32", int]]:
    """The samples of every segment of the shard, and their rate in Hz."""
    from micfp.audio import probe, read_ranges

    rows_of = segments.groupby("recording", sort=False).indices
    positions = segments[["start_sample", "stop_sample"]].to_numpy()
    for source in source_audio(spec):
        own = rows_of.get(source.recording, ())
        if not len(own):
            continue
        ranges = (positions[own] - source.start_sample).tolist()
        rate_hz = probe(source.path).sample_rate_hz
        for samples in read_ranges(source.path, ranges, spec.params["channel"]):
            yield samples, rate_hz


def _seconds(call: Callable[..., object], *arguments: object) -> float:
    """What a call takes of the processor: other work on the machine does not count."""
    start = time.process_time()
    call(*arguments)
    return time.process_time() - start
