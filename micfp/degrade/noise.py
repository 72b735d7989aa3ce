"""Added noise, drawn or recorded, by its distance from the level of what is spoken."""

from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from micfp.degrade.files import audio_files
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, SnrDb, Sound
from micfp.errors import MicfpError

FRAME_S = 0.02
PINK_FROM_HZ = 20.0
ACTIVE_MARGIN = 10**1.59  # 15.9 dB


class NoiseConfig(DegradationConfig):
    """Noise at a distance from what is spoken: drawn, or out of recordings."""

    kind: Literal["noise"]
    snr_db: SnrDb
    colour: Literal["white", "pink", "recorded", "babble"] = Field(
        "white", description="drawn, or out of recordings"
    )
    recordings_from: str | None = Field(
        None, description="folder of noise (recorded) or of speech (babble)"
    )
    n_voices: int = Field(6, ge=2, description="of babble")

    @model_serializer(mode="wrap")
    def _without_what_it_does_not_use(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """White noise has the digest that it had before there was any other."""
        content: dict[str, Any] = dump(self)
        if self.colour != "babble":
            content.pop("n_voices", None)
        if self.recordings_from is None:
            content.pop("recordings_from", None)
        if self.colour == "white":
            content.pop("colour", None)
        return content

    @model_validator(mode="after")
    def _has_recordings(self) -> Self:
        if self.colour in ("recorded", "babble") and self.recordings_from is None:
            raise ValueError(f"{self.colour} noise needs recordings_from, a folder of recordings")
        return self


def white_noise(
    samples: Float32, sample_rate_hz: int, snr_db: float, rng: np.random.Generator
) -> Float32:
    """Add white Gaussian noise, from 0 Hz to half the sample rate.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        snr_db: active power (see `active_power`) over the power of the noise, in dB. It holds
            exactly: the noise is scaled by its own power, not by the expected one.
        rng: draws n values.

    Returns
    -------
        float32 (n,). Silence has no level that noise could keep a distance from: it stays silence.
    """
    noise = rng.standard_normal(len(samples), dtype=np.float32)
    return add_at(samples, sample_rate_hz, snr_db, noise)


def pink_noise(
    samples: Float32, sample_rate_hz: int, snr_db: float, rng: np.random.Generator
) -> Float32:
    """Add pink noise: its power falls by 3 dB per octave from 20 Hz on, and is even below.

    Arguments and result as of `white_noise`.
    """
    spectrum = np.fft.rfft(rng.standard_normal(len(samples)))
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / sample_rate_hz)
    spectrum /= np.sqrt(np.maximum(frequency_hz, PINK_FROM_HZ))
    noise = np.fft.irfft(spectrum, len(samples)).astype(np.float32)
    return add_at(samples, sample_rate_hz, snr_db, noise)


def recorded_noise(
    samples: Float32, sample_rate_hz: int, snr_db: float, folder: str, rng: np.random.Generator
) -> Float32:
    """Add an excerpt of recorded noise: of a drawn file of a folder, from a drawn place on.

    Arguments and result as of `white_noise`; a file that is too short goes round.

    Raises
    ------
        MicfpError: a folder without recordings.
    """
    files = audio_files(folder)
    noise = _excerpt(files[rng.integers(len(files))], len(samples), sample_rate_hz, rng)
    return add_at(samples, sample_rate_hz, snr_db, noise)


def babble(
    samples: Float32,
    sample_rate_hz: int,
    snr_db: float,
    folder: str,
    n_voices: int,
    rng: np.random.Generator,
) -> Float32:
    """Add people who speak at the same time, each as loud as the others.

    Args:
        samples, sample_rate_hz, snr_db: as of `white_noise`.
        folder: recordings of speech, of which `n_voices` are drawn.
        n_voices: 2 or more; each starts at a drawn place and goes round.
        rng: draws files and places.

    Returns
    -------
        float32 (n,).

    Raises
    ------
        MicfpError: a folder with fewer recordings.
    """
    files = audio_files(folder)
    if len(files) < n_voices:
        raise MicfpError(f"{folder}: {len(files)} recordings, and babble of {n_voices} was wanted")
    voices = np.zeros(len(samples), np.float32)
    for number in rng.choice(len(files), n_voices, replace=False):
        voice = _excerpt(files[number], len(samples), sample_rate_hz, rng)
        voices += voice / np.float32(np.sqrt(max(active_power(voice, sample_rate_hz), 1e-20)))
    return add_at(samples, sample_rate_hz, snr_db, voices)


def add_at(samples: Float32, sample_rate_hz: int, snr_db: float, noise: Float32) -> Float32:
    """Noise (n,), scaled by its own power to so many dB below the active power, and the samples.

    Of silent noise the samples come back.
    """
    wanted = active_power(samples, sample_rate_hz) / 10 ** (snr_db / 10)
    power = float(np.einsum("i,i->", noise, noise, dtype=np.float64)) / len(noise)
    if power == 0:
        return samples
    return samples + noise * np.float32(np.sqrt(wanted / power))


def _excerpt(file: Path, n_samples: int, sample_rate_hz: int, rng: np.random.Generator) -> Float32:
    """So many samples of a recording from a drawn place on, at another rate; it goes round."""
    from micfp.audio import probe, read, resample

    info = probe(file)
    n_wanted = -(-n_samples * info.sample_rate_hz // sample_rate_hz) + 1
    start = int(rng.integers(max(info.n_samples - n_wanted, 0) + 1))
    if info.n_samples < n_wanted:
        start = int(rng.integers(info.n_samples))
    piece = read(file, start, min(start + n_wanted, info.n_samples), channel=0)[0]
    if len(piece) < n_wanted:
        whole = read(file, channel=0)[0]
        piece = np.resize(np.roll(whole, -start), n_wanted)
    return resample(piece, info.sample_rate_hz, sample_rate_hz)[:n_samples]


def active_power(samples: Float32, sample_rate_hz: int) -> float:
    """Mean power of the active frames, without the offset: the level of speech without its pauses.

    Active is a frame of 20 ms that is at most 15.9 dB below the mean of all active ones, as in
    ITU-T P.56 (method B, with frames for its envelope): pauses are left out, and a click in them
    does not take the place of the speech. Of less than a frame, the power of all samples.
    """
    frame = min(max(1, round(sample_rate_hz * FRAME_S)), len(samples))
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    offset = float(samples.mean(dtype=np.float64))
    # The mean of (x - m)^2 without a copy of x, in double precision.
    powers = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / frame
    powers += offset**2 - 2 * offset * frames.mean(axis=1, dtype=np.float64)
    powers = np.maximum(powers, 0)
    active, n_active = powers, len(powers) + 1
    while len(active) < n_active:  # each round leaves out quieter frames, so the mean rises
        n_active = len(active)
        active = powers[powers >= active.mean() / ACTIVE_MARGIN]
    return float(active.mean())


def noisy(sound: Sound, section: NoiseConfig, rng: np.random.Generator) -> Sound:
    """Add the noise that a section asks for."""
    x, rate_hz = sound.samples, sound.rate_hz
    snr_db, folder = section.snr_db, section.recordings_from
    if folder is not None and section.colour == "recorded":
        return sound.having(recorded_noise(x, rate_hz, snr_db, folder, rng))
    if folder is not None and section.colour == "babble":
        return sound.having(babble(x, rate_hz, snr_db, folder, section.n_voices, rng))
    noise = pink_noise if section.colour == "pink" else white_noise
    return sound.having(noise(x, rate_hz, snr_db, rng))


KIND = DegradationKind(NoiseConfig, noisy, folder=lambda section: section.recordings_from)
