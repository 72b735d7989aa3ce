"""Rooms that a recording was played in: measured, or simulated by image sources.

The direct sound stays where it was, and the active level as high as it was.
"""

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Float32, probe, read, resample
from micfp.degrade.files import audio_files
from micfp.degrade.noise import active_power

LEAST_ROOM_M, MOST_ROOM_M = (3.0, 3.0, 2.4), (10.0, 8.0, 4.0)
WALL_M = 0.5  # from source and microphone to any wall
DISTANCE_M = (0.5, 3.0)
MOST_REFLECTIONS = 12


def measured_room(
    samples: Float32, sample_rate_hz: int, folder: str, max_s: float, rng: np.random.Generator
) -> Float32:
    """Play float32 (n,) samples in a room whose impulse response was measured.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        folder: impulse responses, of which one and a channel of it are drawn.
        max_s: length in seconds of the response that is used, from its strongest sample on, which
            is taken for the direct sound.
        rng: draws file and channel.

    Returns:
        float32 (n,).

    Raises:
        MicfpError: a folder without recordings.
    """
    files = audio_files(folder)
    file = files[rng.integers(len(files))]
    channel = int(rng.integers(probe(file).n_channels))
    response, rate_hz = read(file, channel=channel)
    at_rate = resample(response, rate_hz, sample_rate_hz)
    return played(samples, sample_rate_hz, direct_first(at_rate, round(max_s * sample_rate_hz)))


def simulated_room(
    samples: Float32, sample_rate_hz: int, rt60_s: float, rng: np.random.Generator
) -> Float32:
    """Play float32 (n,) samples in a drawn shoebox room (pyroomacoustics, image sources).

    Rooms of 3 x 3 x 2.4 m to 10 x 8 x 4 m, source and microphone 0.5 to 3 m apart and half a metre
    from all walls. Reflections are counted to the twelfth order, so that long reverberation ends
    early.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        rt60_s: reverberation time, by Sabine's formula; where the room is too large to have so
            short a one, its walls take all.
        rng: draws room and places.

    Returns:
        float32 (n,).
    """
    response = shoebox_response(sample_rate_hz, rt60_s, rng)
    return played(samples, sample_rate_hz, response)


def shoebox_response(sample_rate_hz: int, rt60_s: float, rng: np.random.Generator) -> Float32:
    """Impulse response of a drawn room, float32 (n,), its direct sound first."""
    import pyroomacoustics as pra

    # With one thread the sum over images has one order, and so the same bytes everywhere.
    pra.constants.set("num_threads", 1)
    size = rng.uniform(LEAST_ROOM_M, MOST_ROOM_M)
    source = rng.uniform(WALL_M, size - WALL_M)
    # Drawn again where the wall is too near; the middle of the room always has a place.
    for _ in range(100):
        direction = rng.standard_normal(3)
        distance = rng.uniform(*DISTANCE_M)
        microphone = source + direction / np.linalg.norm(direction) * distance
        if (microphone > WALL_M).all() and (microphone < size - WALL_M).all():
            break
    else:
        microphone = size / 2
    try:
        absorption, order = pra.inverse_sabine(rt60_s, size)
    except ValueError:  # not even open windows for walls are short enough
        absorption, order = 1.0, 0
    room = pra.ShoeBox(
        size,
        fs=sample_rate_hz,
        materials=pra.Material(absorption),
        max_order=min(order, MOST_REFLECTIONS),
    )
    room.add_source(source)
    room.add_microphone(microphone)
    room.compute_rir()
    response = np.asarray(room.rir[0][0], np.float32)
    return direct_first(response, len(response))


def direct_first(response: Float32, n_samples: int) -> Float32:
    """So many samples of a response from its strongest one on."""
    start = int(np.abs(response).argmax())
    return response[start : start + n_samples]


def played(samples: Float32, sample_rate_hz: int, response: NDArray[np.floating]) -> Float32:
    """Samples (n,) through a response, as loud as they were where they are active."""
    from scipy.signal import oaconvolve

    heard = np.asarray(oaconvolve(samples, response.astype(np.float32)), np.float32)[: len(samples)]
    return as_loud_as(samples, heard, sample_rate_hz)


def as_loud_as(samples: Float32, heard: Float32, sample_rate_hz: int) -> Float32:
    """What is heard, at the active level of `samples`; silence stays silence."""
    after = active_power(heard, sample_rate_hz)
    if after == 0:
        return heard
    return heard * np.float32(np.sqrt(active_power(samples, sample_rate_hz) / after))
