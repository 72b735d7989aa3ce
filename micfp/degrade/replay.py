"""A recording of a recording: loudspeaker, room, second microphone."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.equaliser import equalise
from micfp.degrade.files import audio_files
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.noise import white_noise
from micfp.degrade.rooms import as_loud_as, measured_response, shoebox_response, through

MICROPHONE_S = 0.05  # length of a microphone's response that is used
MICROPHONE_DEVIATION_DB = 3.0  # of a drawn one
LEAST_DISTORTION = 1e-6  # below it nothing of float32 changes
MOST_DISTORTION = 0.3  # a square wave has a third


class ReplayConfig(DegradationConfig):
    """A recording of a recording: loudspeaker, simulated room, a second microphone."""

    kind: Literal["replay"]
    loudspeaker_low_hz: float = Field(200.0, gt=0, description="below it falls by 12 dB per octave")
    distortion: float = Field(0.01, ge=0, le=0.5, description="of the loudspeaker at its peaks")
    rt60_s: float = Field(0.3, ge=0.1, le=2, description="reverberation time of the room")
    microphones_from: str | None = Field(
        None, description="measured responses, one drawn per recording; null: a drawn smooth curve"
    )
    microphone_snr_db: float = Field(40.0, description="of the second microphone's own noise")


def replay(
    samples: Float32, sample_rate_hz: int, section: ReplayConfig, rng: np.random.Generator
) -> Float32:
    """Loudspeaker, room, second microphone and its noise.

    The loudspeaker is a closed box, a minimum-phase high-pass of second order (12 dB per octave,
    Butterworth), driven by what `distorted` gives. The room is `rooms.shoebox_response`. The
    microphone is a measured response, or a drawn curve of 3 dB.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; the loudspeaker's edge is at most 0.45 of it.
        section: see `ReplayConfig`. The distance of the noise is from the active level.
        rng: draws room, microphone and noise.

    Returns
    -------
        float32 (n,), its active level that of `samples`. The direct sound is lined up to within a
        sample in every stage, by its strongest sample there; phase is turned round it, and where a
        microphone rings the strongest sample of all stages together is some 0.1 ms off, or rarely
        a reflection.

    Raises
    ------
        MicfpError: a folder of microphones without responses; a file that is none.
    """
    from scipy.signal import butter, sosfilt

    edge_hz = min(section.loudspeaker_low_hz, 0.45 * sample_rate_hz)
    box = butter(2, edge_hz, "highpass", fs=sample_rate_hz, output="sos")
    played = sosfilt(box, distorted(samples, section.distortion)).astype(np.float32)
    heard = through(played, shoebox_response(sample_rate_hz, section.rt60_s, rng))
    if section.microphones_from is None:
        taken = equalise(heard, sample_rate_hz, MICROPHONE_DEVIATION_DB, rng)
    else:
        files = audio_files(section.microphones_from)
        file = files[rng.integers(len(files))]
        taken = through(heard, *measured_response(file, 0, sample_rate_hz, MICROPHONE_S))
    noisy = white_noise(taken, sample_rate_hz, section.microphone_snr_db, rng)
    return as_loud_as(samples, noisy, sample_rate_hz)


def distorted(samples: Float32, share: float) -> Float32:
    """Softly limited without memory: tanh(kx) / k, for samples (n,) brought to a peak of 1.

    Of a sine at the peak the third harmonic has `share` of the fundamental, at most 0.3. What is
    far below the peak stays as it is. Harmonics above half the sample rate fold back: those of
    speech, whose peaks are of low frequencies, hardly reach it.
    """
    peak = np.abs(samples).max()
    if peak == 0 or share < LEAST_DISTORTION:
        return samples
    drive = _drive(min(share, MOST_DISTORTION))
    bent: Float32 = np.tanh(samples * np.float32(drive / peak)) * np.float32(peak / drive)
    return bent


def _drive(share: float) -> float:
    """The k of tanh(k sin t) whose third harmonic is a share, up to 0.3, of the fundamental."""
    from scipy.optimize import brentq

    phase = 2 * np.pi * np.arange(1024) / 1024

    def excess(drive: float) -> float:
        wave = np.tanh(drive * np.sin(phase))
        return float(wave @ np.sin(3 * phase) - share * (wave @ np.sin(phase)))

    # It is k^2 / 12 for small k, and less than that for others.
    return float(brentq(excess, 0.9 * np.sqrt(12 * share), 100))


KIND = DegradationKind(
    ReplayConfig,
    lambda x, section, rng: x.having(replay(x.samples, x.rate_hz, section, rng)),
    folder=lambda section: section.microphones_from,
)
