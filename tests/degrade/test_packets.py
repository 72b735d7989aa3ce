"""Lost packets: how many, how long in a row, and what stands in their place."""

import numpy as np
import pytest

from micfp.degrade.packets import lose_packets, lost_packets
from micfp.errors import MicfpError

RATE_HZ = 8000
PACKET = 160  # 20 ms


def ones(n_packets: int = 500) -> np.ndarray:
    return np.ones(n_packets * PACKET, np.float32)


@pytest.mark.parametrize(("share", "mean_burst"), [(0.05, 1.0), (0.2, 1.5), (0.2, 4.0), (0.5, 3.0)])
def test_share_and_length_of_bursts(share: float, mean_burst: float) -> None:
    lost = lost_packets(200_000, share, mean_burst, np.random.default_rng(0))
    assert lost.mean() == pytest.approx(share, rel=0.05)
    changes = np.flatnonzero(np.diff(np.r_[0, lost.astype(int), 0]))
    bursts = changes[1::2] - changes[::2]
    assert bursts.mean() == pytest.approx(mean_burst, rel=0.05)


def test_silence_in_place_of_what_is_lost() -> None:
    heard = lose_packets(ones(), RATE_HZ, 0.2, 20, 1.5, "silence", np.random.default_rng(3))
    packets = heard.reshape(-1, PACKET)
    expected = lost_packets(500, 0.2, 1.5, np.random.default_rng(3))
    np.testing.assert_array_equal(packets.any(axis=1), ~expected)
    assert set(np.unique(packets)) == {0.0, 1.0}


def test_the_last_packet_again_and_each_time_half() -> None:
    rng = np.random.default_rng(0)
    samples = rng.standard_normal(300 * PACKET).astype(np.float32)
    lost = lost_packets(300, 0.4, 3, np.random.default_rng(7))
    packets = lose_packets(samples, RATE_HZ, 0.4, 20, 3, "repeat", np.random.default_rng(7))
    packets, sent = packets.reshape(-1, PACKET), samples.reshape(-1, PACKET)
    last, weight, n_repeated = np.zeros(PACKET, np.float32), 0.0, 0
    for number, is_lost in enumerate(lost):
        if is_lost:
            weight /= 2
            n_repeated += weight > 0
        else:
            last, weight = sent[number], 1.0
        np.testing.assert_allclose(packets[number], weight * last, atol=1e-6)
    assert n_repeated > 50


def test_nothing_is_lost_of_a_share_of_zero_and_the_rest_stays() -> None:
    np.testing.assert_array_equal(
        lose_packets(ones(3), RATE_HZ, 0.0, 20, 1, "repeat", np.random.default_rng(0)), ones(3)
    )
    samples = ones(3)
    lose_packets(samples, RATE_HZ, 0.9, 20, 20, "silence", np.random.default_rng(0))
    np.testing.assert_array_equal(samples, ones(3))
    for n_samples in (1, 47, 161):
        rng = np.random.default_rng(1)
        heard = lose_packets(ones()[:n_samples], RATE_HZ, 0.5, 20, 2, "repeat", rng)
        assert heard.shape == (n_samples,)


def test_bursts_too_short_for_the_share() -> None:
    # Every second packet at most can be lost alone.
    with pytest.raises(
        MicfpError, match=r"0\.8 of the packets cannot be lost in bursts of 1 on av"
    ):
        lose_packets(ones(), RATE_HZ, 0.8, 20, 1, "silence", np.random.default_rng(0))
