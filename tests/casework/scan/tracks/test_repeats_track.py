import numpy as np

from micfp.casework.scan.tracks.repeats import Repeat, find_repeats, repeats

RATE_HZ = 8000


def noise(n: int, sigma: float = 300) -> np.ndarray:
    """As 16 bits."""
    x = np.rint(np.random.default_rng(4).normal(0, sigma, n)) / 32768
    return x.astype(np.float32)


def test_a_pasted_piece_is_found_to_the_sample() -> None:
    x = noise(80_000)
    pasted = np.concatenate([x[:50_000], x[10_000:14_000], x[50_000:]])
    assert find_repeats(pasted, 400) == [Repeat(10_000, 50_000, 4000)]
    track = repeats(pasted, RATE_HZ)
    assert [change.time_s for change in track.changes] == [10_000 / 8000, 50_000 / 8000]
    assert "0.500 s from 1.250 s on are" in track.changes[0].what
    # 4000 of the 8000 samples of the second from 1 s, and as many from 6.25 s on.
    np.testing.assert_allclose(track.values[[1, 6]], 0.5)
    assert track.values.sum() == 1.0


def test_copies_at_many_lags_and_over_a_block_of_the_search() -> None:
    x = noise(1 << 21)
    out = x.copy()
    for at in (300_000, (1 << 20) - 1000, 1_900_000):
        out[at : at + 2500] = x[1000:3500]
    found = find_repeats(out, 400)
    assert {repeat.second for repeat in found} | {1000} == {
        1000,
        300_000,
        (1 << 20) - 1000,
        1_900_000,
    }
    assert {repeat.length for repeat in found} == {2500}


def test_what_repeats_by_nature_is_no_copy() -> None:
    assert find_repeats(noise(200_000, 1.0), 400) == []  # of a few values
    assert find_repeats(np.zeros(100_000, np.float32), 400) == []
    seconds = np.arange(80_000) / RATE_HZ
    tone = np.rint(3000 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32) / 32768
    assert find_repeats(tone, 400) == []
    rhythm = np.tile(noise(4000), 20)
    assert repeats(rhythm, RATE_HZ).changes == ()


def test_shorter_than_a_window() -> None:
    for n in (0, 1, 63, 64):
        assert repeats(noise(n), RATE_HZ).changes == ()
