import numpy as np
import pytest

from micfp.casework.scan.tracks import silence as module
from micfp.casework.scan.tracks.silence import runs, silence

RATE_HZ = 8000


def noise(n: int) -> np.ndarray:
    return (np.rint(np.random.default_rng(4).normal(0, 300, n)) / 32768).astype(np.float32)


def by_hand(x: np.ndarray, shortest: int) -> list[tuple[int, int]]:
    out, start = [], 0
    for i in range(1, len(x) + 1):
        if i == len(x) or x[i] != x[i - 1]:
            if i - start >= shortest:
                out.append((start, i))
            start = i
    return out


@pytest.mark.parametrize("block", [7, 100, 1 << 22])
def test_runs_are_those_that_a_loop_finds(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    rng = np.random.default_rng(9)
    x = np.repeat(rng.integers(-3, 4, 300), rng.integers(1, 30, 300)).astype(np.float32)
    x[0] = 9  # the peak: a run of it would be clipping
    starts, stops = runs(x, 20)
    assert list(zip(starts.tolist(), stops.tolist(), strict=True)) == by_hand(x, 20)


def test_a_run_inside_is_marked_and_padding_at_the_ends_is_not() -> None:
    x = noise(5 * RATE_HZ)
    x[:800] = 0
    x[-800:] = 0
    x[20_000:20_400] = 0.001
    track = silence(x, RATE_HZ)
    assert [change.time_s for change in track.changes] == [2.5]
    assert track.changes[0].what == "0.050 s of samples that are all 0.001"
    # 800 of 8000 in the first second, 400 in the third.
    assert track.values[0] == pytest.approx(0.1, abs=1e-3)
    assert track.values[2] == pytest.approx(0.05, abs=1e-3)


def test_a_recorder_that_gates_is_not_accused() -> None:
    x = noise(30 * RATE_HZ)
    for start in range(RATE_HZ, 29 * RATE_HZ, 2 * RATE_HZ):
        x[start : start + 200] = 0
    track = silence(x, RATE_HZ)
    assert track.changes == ()
    assert "by itself (14 runs" in str(track.unseen)


def test_clipping_is_no_silence() -> None:
    x = noise(RATE_HZ)
    x[1000:1200] = 1.0
    assert silence(x, RATE_HZ).changes == ()


def test_all_silence_and_no_samples() -> None:
    assert silence(np.zeros(RATE_HZ, np.float32), RATE_HZ).changes == ()
    assert silence(np.empty(0, np.float32), RATE_HZ).changes == ()
