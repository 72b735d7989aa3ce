"""Small benches for the tests: seconds long, and as plain as each test needs."""

from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from micfp.bench.build import planned_recordings, render
from micfp.config.bench import BenchConfig
from micfp.plan.params import merge

SEED = 7
RATE_HZ = 44_100
KM1, KM2 = "1st Neumann KM 184", "2nd Neumann KM 184"
ALL_OFF = {"position": False, "session": False, "level": False, "noise": False}
ROOM = {"room_size_m": (4.0, 3.2, 2.5), "loudspeaker_m": (1.0, 1.5, 1.2), "distance_m": 0.7}
OTHER_ROOM = {"room_size_m": (5.0, 3.9, 2.7), "loudspeaker_m": (1.2, 1.9, 1.1), "distance_m": 0.9}


def tiny(**differences: Any) -> BenchConfig:
    """Two sessions of 6 s of speech and 4 s of sweeps."""
    base = {
        "sessions": [
            {
                "name": f"day-{number}",
                "contents": [
                    {"name": f"speech-{letter}", "kind": "speech", "duration_s": 6},
                    {"name": f"sweep-{letter}", "kind": "sweep", "duration_s": 4},
                ],
                **room,
            }
            for number, letter, room in ((1, "a", ROOM), (2, "b", OTHER_ROOM))
        ]
    }
    return BenchConfig.model_validate(merge(base, differences))


def one_sweep(*sessions: str, duration_s: float = 4.0, **differences: Any) -> BenchConfig:
    """One sweep of 2 s that starts at 0.5 s, then silence; without dither, in 24 bits.

    Every session hears the same sweep; the second one has another room.
    """
    base = {
        "sessions": [
            {
                "name": name,
                "contents": [{"name": "sweep", "kind": "sweep", "duration_s": duration_s}],
                **room,
            }
            for name, room in zip(sessions or ("day-1",), (ROOM, OTHER_ROOM), strict=False)
        ],
        "stimuli": {"sweep_s": (2.0, 2.0), "pause_s": (60.0, 60.0), "level_spread_db": 0.0},
        "adc": {"bit_depth": 24, "dither_lsb": 0.0},
        "confounds": ALL_OFF,
    }
    return BenchConfig.model_validate(merge(base, differences))


def recordings(config: BenchConfig, out: Path, seed: int = SEED) -> dict[tuple[str, str], Any]:
    """Render all sessions; samples float64 by (session, device), of the first content."""
    for session in config.sessions:
        render(config, seed, session.name, out)
    first = {session.name: session.contents[0].name for session in config.sessions}
    return {
        (row.session, row.device): sf.read(out / row.path)[0]
        for row in planned_recordings(config).itertuples()
        if row.content == first[row.session]
    }


def microphone(config: BenchConfig, device: str) -> dict[str, Any]:
    """A microphone's parameters, to be changed."""
    return next(item.model_dump() for item in config.microphones if item.device == device)


def level_db(samples: Any) -> float:
    return float(10 * np.log10(np.mean(np.square(samples))))


def transfer_db(recorded: Any, played: Any, frequency_hz: Any) -> Any:
    """Magnitude of recorded / played at the frequencies, by division of spectra."""
    n_fft = 1 << 19
    ratio = np.abs(np.fft.rfft(recorded, n_fft)) / np.abs(np.fft.rfft(played, n_fft))
    return 20 * np.log10(np.interp(frequency_hz, np.fft.rfftfreq(n_fft, 1 / RATE_HZ), ratio))
