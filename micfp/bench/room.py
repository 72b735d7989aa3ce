"""The room: where loudspeaker and microphones stand, and what reaches each microphone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from micfp.bench.draws import generator
from micfp.config.bench import BenchConfig, SessionConfig
from micfp.config.bench_microphones import MicrophoneConfig
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Where one microphone stands and looks."""

    position_m: "Array"
    axis_deg: float
    """Azimuth its axis points to, from +x."""
    off_axis_deg: float
    """Angle between its axis and the loudspeaker, 0..180."""


@dataclass(frozen=True)
class Paths:
    """What reaches one microphone: impulse responses (n,), amplitude 1 for free field at 1 m."""

    off_axis_deg: float
    loudspeaker: "Array"
    ambient: "Array"
    """Scaled so that the mean energy over the session's microphones is 1."""


def paths(
    config: BenchConfig, microphones: Sequence[MicrophoneConfig], session: SessionConfig, seed: int
) -> list[Paths]:
    """What reaches each microphone in a session.

    Without the position confound all stand straight before the loudspeaker and look at it.

    Raises
    ------
    MicfpError
        A microphone would stand outside of the room, or the room cannot have its `t60_s`.
    """
    import numpy as np

    placements = place(config, microphones, session, seed)
    if config.measured.rooms_from is None:
        pairs = _shoebox(config, microphones, session, placements)
    else:
        pairs = _measured(config, session, len(microphones))
    energy = float(np.mean([np.sum(ambient**2) for _, ambient in pairs]))
    return [
        Paths(placement.off_axis_deg, loudspeaker, ambient / np.sqrt(energy))
        for placement, (loudspeaker, ambient) in zip(placements, pairs, strict=True)
    ]


def place(
    config: BenchConfig, microphones: Sequence[MicrophoneConfig], session: SessionConfig, seed: int
) -> list[Placement]:
    """Stand the microphones on a semicircle round the loudspeaker (thesis 4.1.2).

    Raises
    ------
    MicfpError
        One would stand outside of the room.
    """
    import numpy as np

    source = np.array(session.loudspeaker_m)
    placed = []
    for microphone in microphones:
        rng = generator(seed, "placement", session.name, microphone.device)
        error_m = config.placement.position_error_m * rng.standard_normal(3)
        error_deg = config.placement.aiming_error_deg * float(rng.standard_normal())
        angle_deg = microphone.angle_deg
        if not config.confounds.position:
            error_m, error_deg, angle_deg = np.zeros(3), 0.0, 0.0
        azimuth = np.deg2rad(session.facing_deg + angle_deg)
        ray = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
        position_m = source + session.distance_m * ray + error_m
        if not np.all((position_m > 0) & (position_m < session.room_size_m)):
            raise MicfpError(
                f"bench: in session {session.name!r} the microphone {microphone.device!r} would "
                f"stand at {np.round(position_m, 2).tolist()} m, outside of the room of "
                f"{list(session.room_size_m)} m; mend loudspeaker_m, facing_deg or distance_m"
            )
        axis = np.deg2rad(session.facing_deg + angle_deg + 180 + error_deg)
        towards = (source - position_m) / np.linalg.norm(source - position_m)
        cosine = float(np.clip(towards[:2] @ [np.cos(axis), np.sin(axis)], -1, 1))
        placed.append(
            Placement(position_m, float(np.rad2deg(axis)), float(np.rad2deg(np.arccos(cosine))))
        )
    return placed


def _shoebox(
    config: BenchConfig,
    microphones: Sequence[MicrophoneConfig],
    session: SessionConfig,
    placements: Sequence[Placement],
) -> list[tuple["Array", "Array"]]:
    """Image sources in a shoebox (Allen and Berkley 1979, by pyroomacoustics)."""
    import numpy as np
    import pyroomacoustics as pra
    from pyroomacoustics.directivities import CardioidFamily, DirectionVector

    # With one thread the sum over images has one order, and so the same bytes everywhere.
    pra.constants.set("num_threads", 1)
    try:
        absorption, _ = pra.inverse_sabine(session.t60_s, session.room_size_m)
    except ValueError:
        raise MicfpError(
            f"bench: a room of {list(session.room_size_m)} m cannot have a t60_s of "
            f"{session.t60_s} in session {session.name!r}; give a longer one"
        ) from None
    room = pra.ShoeBox(
        session.room_size_m,
        fs=config.adc.sample_rate_hz,
        materials=pra.Material(absorption),
        max_order=config.placement.max_order,
    )
    far = np.array(config.placement.ambient_source_m)
    ambient_m = np.array(session.room_size_m) - far
    if not np.all((ambient_m > 0) & (far > 0)):
        raise MicfpError(
            f"bench.placement.ambient_source_m = {far.tolist()} is outside of the room of "
            f"{list(session.room_size_m)} m in session {session.name!r}"
        )
    room.add_source(list(session.loudspeaker_m))
    room.add_source(ambient_m)
    for microphone, placement in zip(microphones, placements, strict=True):
        axis = DirectionVector(azimuth=placement.axis_deg, colatitude=90, degrees=True)
        pattern = CardioidFamily(orientation=axis, p=microphone.cardioid)
        room.add_microphone(placement.position_m, directivity=pattern)
    room.compute_rir()
    return [
        (np.asarray(of_microphone[0], float), np.asarray(of_microphone[1], float))
        for of_microphone in room.rir
    ]


def _measured(
    config: BenchConfig, session: SessionConfig, n_microphones: int
) -> list[tuple["Array", "Array"]]:
    """Measured rooms: a file for each session, a channel for each microphone, noise as well."""
    from micfp.bench.measured import audio_files, room_response

    files = audio_files(config.measured, "rooms_from")
    file = files[config.sessions.index(session) % len(files)]
    responses = [
        room_response(
            file,
            number if config.confounds.position else 0,
            session.distance_m,
            config.measured.rooms_max_s,
            config.adc.sample_rate_hz,
        )
        for number in range(n_microphones)
    ]
    return [(response, response) for response in responses]
