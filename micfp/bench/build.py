"""The virtual bench as a whole: which recordings it has, and how one session is made."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.bench import measured
from micfp.bench.draws import generator
from micfp.bench.stimuli import content_files, content_signal
from micfp.config.bench import BenchConfig, ContentConfig, SessionConfig
from micfp.config.bench_microphones import MicrophoneConfig
from micfp.errors import MicfpError
from micfp.progress import progress as show_progress

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Samples = NDArray[np.float32]

COLUMNS = ("path", "device", "make", "model", "unit", "session", "content")
Progress = Callable[[Iterable[Any], int, str], Iterator[Any]]
"""As micfp.progress.progress: (items, total, label) -> the same items."""


@dataclass(frozen=True)
class Channel:
    """One microphone in one session, from the loudspeaker to the converter."""

    microphone: MicrophoneConfig
    loudspeaker: "Array"
    """Filter (n,) from the played samples to Pa at the capsule's output."""
    ambient: "Array"
    """Filter (n,) from the room's noise in Pa."""
    gain: float
    """From Pa to full scale."""
    hum_db_spl: float


def planned_recordings(config: BenchConfig) -> "pd.DataFrame":
    """The recordings that `render` writes: COLUMNS, all str; opens and makes no audio.

    `path` is `<session>/<content>/<device>.wav`, with the device's name in plain letters.

    Raises
    ------
    MicfpError
        Two devices would have one file name, or measured data is missing.
    """
    import pandas as pd

    for session in config.sessions:
        for content in session.contents:
            content_files(config, content)  # are there enough speakers?
    slugs: dict[str, str] = {}
    for microphone in microphones(config):
        slug = _slug(microphone.device)
        if slug in slugs:
            raise MicfpError(
                f"bench.microphones: {microphone.device!r} and {slugs[slug]!r} would both be "
                f"written as {slug}.wav; rename one of them"
            )
        slugs[slug] = microphone.device
    rows = [
        (
            recording_path(session, content, microphone),
            microphone.device,
            microphone.make,
            microphone.model,
            microphone.unit,
            session.name,
            content.name,
        )
        for session in config.sessions
        for content in session.contents
        for microphone in microphones(config)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")


def source_files(config: BenchConfig) -> list[Path]:
    """Every file of measured data that the recordings depend on, for their content address."""
    files = measured.microphone_files(config.measured)
    for parameter in ("speech_from", "music_from", "rooms_from", "noise_from"):
        if getattr(config.measured, parameter) is not None:
            files += [Path(file) for file in measured.audio_files(config.measured, parameter)]
    return files


def microphones(config: BenchConfig) -> tuple[MicrophoneConfig, ...]:
    """The bench's microphones: measured ones where given, else those of the parameters."""
    return measured.microphones(config.measured) or config.microphones


def recording_path(
    session: SessionConfig, content: ContentConfig, microphone: MicrophoneConfig
) -> str:
    """Where a recording lies under the folder given to `render`."""
    return f"{session.name}/{content.name}/{_slug(microphone.device)}.wav"


def write_bench(
    config: BenchConfig, seed: int, out: Path, progress: Progress = show_progress
) -> int:
    """Render every session and list the recordings in `recordings.csv`; return their number."""
    table = planned_recordings(config)
    for session in config.sessions:
        render(config, seed, session.name, out, progress)
    table.to_csv(out / "recordings.csv", index=False, encoding="utf-8")
    return len(table)


def render(
    config: BenchConfig, seed: int, session: str, out: Path, progress: Progress = show_progress
) -> None:
    """Write one session's recordings as WAV under `out`.

    Same parameters and seed, same bytes, whatever else was rendered before. A content is held in
    memory once per microphone: about 11 MB per minute of each.

    Parameters
    ----------
    config
        The bench.
    seed
        Of the run; each draw has a generator of its own (`draws.generator`).
    session
        Name of one of `config.sessions`.
    out
        Folder to write to.
    progress
        Shows how many recordings are written.

    Raises
    ------
    MicfpError
        Unknown session, or unusable measured data.
    """
    import numpy as np

    from micfp.audio import write_wav
    from micfp.bench.chain import convolve, digitise, stacked
    from micfp.bench.deconvolve import responses

    played = next((item for item in config.sessions if item.name == session), None)
    if played is None:
        names = ", ".join(item.name for item in config.sessions)
        raise MicfpError(f"the bench has no session {session!r}; there are: {names}")
    # Without the session confound every session is the first one, but for what is played.
    setting = played if config.confounds.session else config.sessions[0]
    rate_hz = config.adc.sample_rate_hz
    subtype = "PCM_16" if config.adc.bit_depth <= 16 else "PCM_24"
    channels = session_channels(config, setting, seed)
    filters = stacked([(channel.loudspeaker, channel.ambient) for channel in channels])
    if not config.confounds.noise:
        filters = filters[:, :1]

    n_takes = len(played.contents) * len(channels)
    takes = iter(progress(range(n_takes), n_takes, f"bench {session}"))
    for content in played.contents:
        signals = [content_signal(config, seed, content)]
        if config.confounds.noise:
            rng = generator(seed, "ambient", session, content.name)
            signals.append(_ambient(config, setting, len(signals[0]), rng))
        pressures_pa = convolve(np.stack(signals), filters)
        for channel, pressure_pa in zip(channels, pressures_pa, strict=True):
            next(takes)
            rng = generator(seed, "take", session, content.name, channel.microphone.device)
            recorded = digitise(_electronics(config, channel, pressure_pa, rng), config.adc, rng)
            path = out / recording_path(played, content, channel.microphone)
            path.parent.mkdir(parents=True, exist_ok=True)
            if config.deconvolve_s is None:
                write_wav(path, recorded, rate_hz, subtype)
            else:
                divided = responses(recorded, signals[0], rate_hz, config.deconvolve_s)
                write_wav(path, divided, rate_hz, "PCM_24")
    next(takes, None)


def session_channels(config: BenchConfig, setting: SessionConfig, seed: int) -> list[Channel]:
    """Everything linear between loudspeaker and converter in one session, for each microphone."""
    import numpy as np

    from micfp.bench.chain import pascal, pink_level
    from micfp.bench.curves import bin_frequencies, curve_db, filter_taps, minimum_phase
    from micfp.bench.room import paths

    rate_hz = config.adc.sample_rate_hz
    all_microphones = microphones(config)
    room_paths = paths(config, all_microphones, setting, seed)
    responses = microphone_filters(config, [path.off_axis_deg for path in room_paths], seed)
    frequency_hz = np.maximum(bin_frequencies(filter_taps(rate_hz), rate_hz), 1.0)
    loudspeaker = minimum_phase(10 ** (curve_db(config.loudspeaker.response_db, frequency_hz) / 20))
    phrase_rms = 10 ** (config.stimuli.level_dbfs / 20)
    pa_per_sample = pascal(config.loudspeaker.level_db_spl) / phrase_rms
    wanted_rms = 10 ** (config.preamplifier.level_dbfs / 20)

    channels = []
    for microphone, path, response in zip(all_microphones, room_paths, responses, strict=True):
        taps = pa_per_sample * _convolved(_convolved(path.loudspeaker, loudspeaker), response)
        rng = generator(seed, "gain", setting.name, microphone.device)
        offset_db = microphone.level_offset_db
        offset_db += config.preamplifier.gain_error_db * float(rng.standard_normal())
        rng = generator(seed, "hum", setting.name, microphone.device)
        hum_db_spl = microphone.hum_db_spl
        hum_db_spl += config.preamplifier.hum_spread_db * float(rng.standard_normal())
        if not config.confounds.level:
            offset_db = 0.0
        gain = wanted_rms / (phrase_rms * pink_level(taps, rate_hz)) * 10 ** (offset_db / 20)
        ambient = _convolved(path.ambient, response)
        channels.append(Channel(microphone, taps, ambient, gain, hum_db_spl))
    return channels


def microphone_filters(
    config: BenchConfig, off_axis_deg: "list[float]", seed: int
) -> list["Array"]:
    """Each microphone's response at its angle as a filter (n,), 0 dB near 1 kHz.

    Parameters
    ----------
    config
        The bench.
    off_axis_deg
        Angle between each microphone's axis and the loudspeaker, 0..180.
    seed
        Decides how units differ from their model.
    """
    import numpy as np

    from micfp.bench.chain import microphone_response_db
    from micfp.bench.curves import bin_frequencies, filter_taps, minimum_phase

    rate_hz = config.adc.sample_rate_hz
    n_taps = filter_taps(rate_hz)
    files = measured.microphone_files(config.measured)
    if files:
        return [measured.microphone_filter(file, rate_hz, n_taps) for file in files]
    frequency_hz = bin_frequencies(n_taps, rate_hz)
    deviations_db = microphone_deviations_db(config, seed)
    filters = []
    for microphone, angle_deg in zip(config.microphones, off_axis_deg, strict=True):
        response_db = microphone_response_db(
            microphone, deviations_db[microphone.device], angle_deg, frequency_hz
        )
        filters.append(minimum_phase(np.asarray(10 ** (response_db / 20))))
    return filters


def microphone_deviations_db(config: BenchConfig, seed: int) -> dict[str, "Array"]:
    """How each built-in unit differs from its model's curve, dB on curves.log_grid(), by device."""
    from micfp.bench.curves import unit_deviations

    groups: dict[tuple[str, str], list[str]] = {}
    for microphone in config.microphones:
        groups.setdefault((microphone.make, microphone.model), []).append(microphone.device)
    deviations: dict[str, Array] = {}
    for (make, model), devices in groups.items():
        rng = generator(seed, "unit deviation", make, model)
        curves = unit_deviations(
            len(devices), config.unit_deviation_db, config.unit_deviation_octaves, rng
        )
        deviations.update(zip(devices, curves, strict=True))
    return deviations


def _electronics(
    config: BenchConfig, channel: Channel, pressure_pa: "Samples", rng: "np.random.Generator"
) -> "Samples":
    """Distortion, self-noise, preamplifier noise, hum and gain: Pa to full scale."""
    import numpy as np

    from micfp.bench.chain import convolve, distort, hum, noise_filter

    rate_hz = config.adc.sample_rate_hz
    signal = distort(pressure_pa, channel.microphone, rate_hz)
    if config.confounds.noise:
        taps = noise_filter(channel.microphone, config.preamplifier, rate_hz)
        white = rng.standard_normal((1, len(signal)), dtype=np.float32)
        signal += convolve(white, taps[None, None])[0]
        signal += hum(channel.hum_db_spl, config.preamplifier, len(signal), rate_hz, rng)
    signal *= np.float32(channel.gain)
    return signal


def _ambient(
    config: BenchConfig, setting: SessionConfig, n_samples: int, rng: "np.random.Generator"
) -> "Samples":
    """The room's noise in Pa at the session's A-weighted level, float32 (n_samples,)."""
    import numpy as np

    from micfp.bench.chain import convolve, pascal
    from micfp.bench.curves import (
        a_weighting_db,
        bin_frequencies,
        curve_db,
        filter_taps,
        minimum_phase,
    )

    rate_hz = config.adc.sample_rate_hz
    target_pa = pascal(setting.ambient_level_dba)
    if config.measured.noise_from is not None:
        files = measured.audio_files(config.measured, "noise_from")
        place = config.sessions.index(setting)
        noise = measured.noise_signal(files, place, n_samples, rate_hz, rng)
        frequency_hz = np.fft.rfftfreq(len(noise), 1 / rate_hz)
        weight = 10 ** (a_weighting_db(frequency_hz) / 20)
        weighted = np.fft.irfft(np.fft.rfft(noise) * weight, len(noise))
        rms = float(np.sqrt(np.mean(weighted**2)))
        noise *= np.float32(target_pa / rms)
        return noise
    n_taps = filter_taps(rate_hz)
    frequency_hz = bin_frequencies(n_taps, rate_hz)
    shape = 10 ** (curve_db(config.placement.ambient_shape_db, np.maximum(frequency_hz, 1)) / 10)
    weighted_power = shape * 10 ** (a_weighting_db(frequency_hz) / 10)
    density = shape * target_pa**2 / (weighted_power.sum() * frequency_hz[1])
    taps = minimum_phase(np.sqrt(density * rate_hz / 2))
    white = rng.standard_normal((1, n_samples), dtype=np.float32)
    filtered: Samples = convolve(white, taps[None, None])[0]
    return filtered


def _convolved(first: "Array", second: "Array") -> "Array":
    import numpy as np
    from scipy.signal import oaconvolve

    return np.asarray(oaconvolve(first, second))


def _slug(name: str) -> str:
    """The name in lower-case ASCII letters and digits, with dashes between."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "device"
