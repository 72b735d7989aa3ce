"""What every track keeps to, whatever it is given."""

import subprocess
import sys

import numpy as np
import pytest

from micfp.casework.scan.tracks.registry import TRACKS

RATE_HZ = 16_000


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.__name__)
@pytest.mark.parametrize("n", [0, 1, 100, RATE_HZ, 12 * RATE_HZ])
def test_any_length_is_answered_in_order_and_within_the_recording(track, n: int) -> None:
    x = np.random.default_rng(8).normal(0, 0.1, n).astype(np.float32)
    kept = x.copy()
    found = track(x, RATE_HZ)
    np.testing.assert_array_equal(x, kept)
    assert found.times_s.shape == found.values.shape
    times_s = [change.time_s for change in found.changes]
    assert times_s == sorted(times_s)
    assert all(0 <= time_s <= n / RATE_HZ for time_s in times_s)
    assert found.changes == ()  # of noise that nobody cut


@pytest.mark.parametrize("track", TRACKS, ids=lambda track: track.__name__)
def test_samples_that_are_no_numbers_do_not_end_it(track) -> None:
    x = np.random.default_rng(8).normal(0, 0.1, 12 * RATE_HZ).astype(np.float32)
    x[50_000:50_100] = np.nan
    x[60_000] = np.inf
    track(x, RATE_HZ)


def test_no_heavy_library_is_imported() -> None:
    code = (
        "import sys, micfp.casework.scan.tracks.registry;"
        "print(*{'torch', 'mlflow', 'sklearn', 'scipy.signal'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""
