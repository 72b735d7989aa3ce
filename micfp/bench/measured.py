"""Measured data in place of the built-in: microphones, rooms, speech, music, noise."""

from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from micfp.config.bench import MeasuredConfig
from micfp.config.bench_microphones import MicrophoneConfig
from micfp.corpora.listing import list_audio
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEMICIRCLE_DEG = 60.0

_Item = TypeVar("_Item")


def audio_files(config: MeasuredConfig, parameter: str) -> list[str]:
    """Audio files of a folder, of its part, by name; MicfpError where there is none."""
    return [file for group in audio_groups(config, parameter) for file in group]


def audio_groups(config: MeasuredConfig, parameter: str) -> list[list[str]]:
    """Audio files as `audio_files`; of speech, the files of each speaker together."""
    groups: dict[str, list[str]] = {}
    folder = getattr(config, parameter)
    until = config.speaker_until if parameter == "speech_from" else None
    for file in _files(folder, parameter):
        name = file.name if until is None else file.stem.partition(until)[0]
        groups.setdefault(name, []).append(str(file))
    return _part(list(groups.values()), config, folder)


def microphone_files(config: MeasuredConfig) -> list[Path]:
    """Impulse responses and calibration files of `microphones_from`; [] where it is null.

    Raises
    ------
    MicfpError
        A folder has fewer than its count.
    """
    if config.microphones_from is None:
        return []
    if isinstance(config.microphones_from, Path):
        return _microphones_in(config.microphones_from, config)[: config.microphones_max]
    files = []
    for source in config.microphones_from:
        usable = _microphones_in(source.folder, config)
        if len(usable) < source.count:
            raise MicfpError(
                f"bench.measured.microphones_from: {source.folder} has {len(usable)} microphones "
                f"to take, not {source.count}; lower its count, or add files"
            )
        files += usable[: source.count]
    return files


def _microphones_in(folder: Path, config: MeasuredConfig) -> list[Path]:
    """A folder's files, without those excluded and those of another part."""
    files = [
        file
        for file in _files(folder, "microphones_from", calibrations=True)
        if not any(fnmatch(file.name, pattern) for pattern in config.microphones_exclude)
    ]
    if not files:
        raise MicfpError(f"{folder}: bench.measured.microphones_exclude leaves no file")
    return _part(files, config, folder)


def _part(items: list[_Item], config: MeasuredConfig, folder: Path) -> list[_Item]:
    """Those of a folder's files, or speakers, whose number is taken: `PartConfig`."""
    part = config.part
    if part is None:
        return items
    taken = [item for number, item in enumerate(items) if number % part.of in part.take]
    if not taken:
        raise MicfpError(
            f"bench.measured.part: {folder} has too little to divide ({len(items)}): nothing is "
            f"numbered {list(part.take)} of {part.of}; add files, or take other numbers"
        )
    return taken


def microphones(config: MeasuredConfig) -> tuple[MicrophoneConfig, ...]:
    """The measured microphones, side by side on the semicircle; opens no file.

    The device has the file's name. A calibration file is one unit of a model that has the folder's
    name; of impulse responses, `NAME_1` and `NAME_2` are units of the model NAME.
    """
    files = microphone_files(config)
    measured = []
    for place, file in enumerate(files):
        name, _, number = file.stem.rpartition("_")
        if file.suffix.lower() == ".txt":
            model, unit = file.parent.name, file.stem
        elif name and number.isdigit():
            model, unit = name, number
        else:
            model, unit = file.stem, "1"
        share = place / (len(files) - 1) if len(files) > 1 else 0.5
        measured.append(
            MicrophoneConfig(
                device=file.stem,
                make="",
                model=model,
                unit=unit,
                angle_deg=SEMICIRCLE_DEG * (2 * share - 1),
                sensitivity_mv_per_pa=config.sensitivity_mv_per_pa,
                self_noise_dba=config.self_noise_dba,
                hum_db_spl=8.0,
                max_spl_db=135.0,
            )
        )
    devices = [microphone.device for microphone in measured]
    twice = sorted({device for device in devices if devices.count(device) > 1})
    if twice:
        raise MicfpError(
            f"bench.measured.microphones_from: two files are called {twice[0]}; rename one of them"
        )
    return tuple(measured)


def microphone_filter(file: Path, sample_rate_hz: int, n_taps: int) -> "NDArray[np.float64]":
    """Response of a measured microphone as filter taps (n_taps,), 0 dB around 1 kHz.

    Raises
    ------
    MicfpError
        The file is no calibration file, or has no response at 1 kHz.
    """
    import numpy as np

    from micfp.bench.curves import bin_frequencies, curve_db, minimum_phase

    if file.suffix.lower() == ".txt":
        frequency_hz = bin_frequencies(n_taps, sample_rate_hz)
        points = calibration_points(file)
        level_db = curve_db(points, frequency_hz) - curve_db(points, [1000.0])
        return minimum_phase(10 ** (level_db / 20))
    samples, file_rate_hz = read_mono(file)
    response = np.asarray(_at_rate(samples, file_rate_hz, sample_rate_hz), dtype=np.float64)
    taps = np.zeros(n_taps)
    taps[: min(n_taps, len(response))] = response[:n_taps]
    bins_hz = np.fft.rfftfreq(n_taps, 1 / sample_rate_hz)
    around = np.abs(np.fft.rfft(taps))[(bins_hz > 900) & (bins_hz < 1100)]
    reference = float(np.sqrt(np.mean(around**2)))
    if not reference > 0:
        raise MicfpError(f"{file}: no response at 1 kHz, so it is no microphone's; remove it")
    return taps / reference


def calibration_points(file: Path) -> tuple[tuple[float, float], ...]:
    """(frequency_hz, level_db) rows of a calibration file; lines of other text are passed over.

    Frequencies that do not rise are left out.

    Raises
    ------
    MicfpError
        Fewer than two rows.
    """
    points: list[tuple[float, float]] = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        cells = line.replace(",", " ").split()
        try:
            frequency_hz, level_db = float(cells[0]), float(cells[1])
        except (ValueError, IndexError):
            continue
        if frequency_hz > (points[-1][0] if points else 0.0):
            points.append((frequency_hz, level_db))
    if len(points) < 2:
        raise MicfpError(f"{file}: has no rows of `Hz dB`, so it is no calibration file; remove it")
    return tuple(points)


def room_response(
    file: str, place: int, distance_m: float, max_s: float, sample_rate_hz: int
) -> "NDArray[np.float64]":
    """Response of a measured room, its direct sound at its start, of amplitude 1 / distance.

    Parameters
    ----------
    file
        Impulse response of a room.
    place
        Chooses the channel (modulo their number), so that microphones stand apart.
    distance_m
        From loudspeaker to microphone, > 0.
    max_s
        Length that is used, > 0.
    sample_rate_hz
        Of the response wanted.

    Raises
    ------
    MicfpError
        The file is silent or cannot be read.
    """
    import numpy as np

    from micfp.audio import probe, read

    channels = probe(file).n_channels
    samples, file_rate_hz = read(file, channel=place % channels)
    response = np.asarray(_at_rate(samples, file_rate_hz, sample_rate_hz), dtype=np.float64)
    peak = int(np.argmax(np.abs(response)))
    if response[peak] == 0:
        raise MicfpError(f"{file}: is silent, so it is no room's impulse response; remove it")
    start = max(0, peak - round(0.001 * sample_rate_hz))
    scale = 1 / (distance_m * abs(float(response[peak])))
    response = np.asarray(scale * response[start : start + round(max_s * sample_rate_hz)])
    n_fade = max(1, len(response) // 10)
    response[-n_fade:] *= np.linspace(1, 0, n_fade)
    return response


def noise_signal(
    files: Sequence[str],
    place: int,
    n_samples: int,
    sample_rate_hz: int,
    rng: "np.random.Generator",
) -> "NDArray[np.float32]":
    """Recorded noise from a drawn position on, repeated as needed, float32 (n_samples,).

    Raises
    ------
    MicfpError
        The file is silent or cannot be read.
    """
    import numpy as np

    file = files[place % len(files)]
    samples, file_rate_hz = read_mono(file)
    noise = np.asarray(_at_rate(samples, file_rate_hz, sample_rate_hz), dtype=np.float32)
    if not np.any(noise):
        raise MicfpError(f"{file}: is silent, so it is no noise; remove it")
    start = int(rng.integers(len(noise)))
    return np.resize(np.roll(noise, -start), n_samples)


def read_mono(file: str | Path) -> "tuple[NDArray[np.float32], int]":
    """Samples float32 (n,), the mean of the channels, and rate in Hz."""
    from micfp.audio import read

    samples, sample_rate_hz = read(file)
    if not len(samples):
        raise MicfpError(f"{file}: has no samples; remove it")
    return samples, sample_rate_hz


def _at_rate(samples: "NDArray[np.float32]", from_hz: int, to_hz: int) -> "NDArray[np.float32]":
    from micfp.audio import resample

    resampled: NDArray[np.float32] = resample(samples, from_hz, to_hz)
    return resampled


def _files(folder: Path, parameter: str, calibrations: bool = False) -> list[Path]:
    """Audio files of a folder, without those of its folders, and calibration files if asked."""
    if not folder.is_dir():
        raise MicfpError(f"bench.measured.{parameter}: {folder} is no folder; mend the path")
    files = list(list_audio(folder, below=False).audio)
    if calibrations:
        files += [file for file in folder.iterdir() if file.suffix.lower() == ".txt"]
    if not files:
        wanted = "no audio and no calibration file (.txt)" if calibrations else "no audio file"
        raise MicfpError(f"bench.measured.{parameter}: {folder} holds {wanted}")
    return sorted(files)
