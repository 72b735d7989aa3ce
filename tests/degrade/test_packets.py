"""Lost packets: how many, how many in a row, and what is heard in their place."""

import re

import numpy as np
import pytest

from micfp.degrade.packet_loss import lose_packets, lost_packets
from micfp.errors import MicfpError

PACKET = 160  # 20 ms at 8 kHz


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def bursts(lost: np.ndarray) -> np.ndarray:
    """Lengths of what is lost in a row."""
    edges = np.flatnonzero(np.diff(np.r_[0, lost.astype(int), 0]))
    return edges[1::2] - edges[::2]


@pytest.mark.parametrize(("share", "mean_burst"), [(0.05, 1.5), (0.2, 1.5), (0.5, 4.0), (0.3, 1.0)])
def test_so_many_are_lost_and_so_many_in_a_row(share: float, mean_burst: float) -> None:
    lost = lost_packets(200_000, share, mean_burst, rng())
    lengths = bursts(lost)
    assert lost.mean() == pytest.approx(share, rel=0.05)
    assert lengths.mean() == pytest.approx(mean_burst, rel=0.03)
    # lengths are geometric: one goes on with 1 - 1 / mean, however long it is already
    assert np.mean(lengths > 1) == pytest.approx(1 - 1 / mean_burst, abs=0.02)
    if mean_burst > 1:
        assert np.mean(lengths[lengths > 1] > 2) == pytest.approx(1 - 1 / mean_burst, abs=0.02)


def test_the_first_packet_is_lost_as_often_as_others() -> None:
    first = [lost_packets(1, 0.3, 2.0, rng(seed))[0] for seed in range(2000)]
    assert np.mean(first) == pytest.approx(0.3, abs=0.03)


def test_bursts_that_are_too_short_for_the_share() -> None:
    # of 0.6 lost, bursts and gaps are as 3 to 2: with gaps of one packet at least, bursts of 1.5
    with pytest.raises(MicfpError, match=r"0\.6 of the packets cannot be lost in bursts of 1\.4 "):
        lost_packets(10, 0.6, 1.4, rng())
    lost = lost_packets(100_000, 0.6, 1.5, rng())
    assert lost.mean() == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("share", [0.6, 2 / 3, 0.67, 0.75, 0.9, 0.95])
def test_the_burst_that_the_message_names_will_do(share: float) -> None:
    with pytest.raises(MicfpError) as caught:
        lost_packets(10, share, 1.0, rng())
    named = re.search(r"set mean_burst to ([\d.]+) or more$", str(caught.value))
    assert named
    lost_packets(10, share, float(named[1]), rng())


@pytest.mark.parametrize(("share", "mean_burst"), [(0.6, 1.5), (0.75, 3.0), (0.9, 9.0)])
def test_what_is_just_possible_is_not_refused_for_its_rounding(
    share: float, mean_burst: float
) -> None:
    lost = lost_packets(100_000, share, mean_burst, rng())  # gaps are of one packet each
    assert bursts(~lost).max() == 1


def numbered(n_packets: int) -> np.ndarray:
    """Packets of 1, 2, 3...: which one is heard can be read off."""
    return np.repeat(np.arange(1, n_packets + 1), PACKET).astype(np.float32)


def test_silence_in_their_place() -> None:
    heard = lose_packets(numbered(300), 8000, 0.3, 20, 2, "silence", rng())
    lost = lost_packets(300, 0.3, 2, rng())
    expected = np.where(lost, 0, np.arange(1, 301))
    assert 0 < lost.sum() < 300
    np.testing.assert_array_equal(heard.reshape(300, PACKET), expected[:, None] * np.ones(PACKET))


def test_the_last_one_again_6_db_lower_each_time() -> None:
    heard = lose_packets(numbered(300), 8000, 0.4, 20, 3, "repeat", rng())
    lost = lost_packets(300, 0.4, 3, rng())
    expected, last, in_a_row = [], 0.0, 0
    for number, is_lost in enumerate(lost, start=1):
        in_a_row = in_a_row + 1 if is_lost else 0
        last = last if is_lost else float(number)
        expected.append(last / 2**in_a_row)
    assert bursts(lost).max() >= 3
    np.testing.assert_array_equal(heard.reshape(300, PACKET)[:, 0], expected)


def test_a_repeated_packet_is_whole_and_nothing_comes_before_the_first() -> None:
    samples = rng(5).standard_normal(40 * PACKET).astype(np.float32)
    lost = lost_packets(40, 0.6, 2, rng(3))
    heard = lose_packets(samples, 8000, 0.6, 20, 2, "repeat", rng(3)).reshape(40, PACKET)
    first = int(np.argmin(lost))
    after = first + 1 + int(np.argmax(lost[first + 1 :]))
    assert lost[after]
    assert not lost[after - 1]
    np.testing.assert_array_equal(heard[after], samples.reshape(40, PACKET)[after - 1] / 2)
    assert not heard[:first].any()


@pytest.mark.parametrize(
    ("rate_hz", "size"), [(8000, 160), (16000, 320), (32000, 640), (44100, 882)]
)
def test_packets_are_so_long(rate_hz: int, size: int) -> None:
    heard = lose_packets(np.ones(200 * size, np.float32), rate_hz, 0.5, 20, 1, "silence", rng())
    packets = heard.reshape(200, size)
    np.testing.assert_array_equal(packets.min(axis=1), packets.max(axis=1))
    assert set(packets[:, 0]) == {0, 1}
    # bursts of one at a share of a half take turns
    np.testing.assert_array_equal(packets[2:, 0], packets[:-2, 0])


def test_none_is_lost_and_draws_and_what_went_in() -> None:
    samples = numbered(50)
    np.testing.assert_array_equal(lose_packets(samples, 8000, 0, 20, 1.5, "repeat", rng()), samples)
    one, again, other = (
        lose_packets(samples, 8000, 0.3, 20, 1.5, "repeat", rng(seed)) for seed in (1, 1, 2)
    )
    assert one.tobytes() == again.tobytes() != other.tobytes()
    np.testing.assert_array_equal(samples, numbered(50))


@pytest.mark.parametrize("n_samples", [1, 47, PACKET + 1])
@pytest.mark.parametrize("concealment", ["silence", "repeat"])
def test_little_and_silence(n_samples: int, concealment: str) -> None:
    for samples in (np.ones(n_samples, np.float32), np.zeros(n_samples, np.float32)):
        for seed in range(8):
            heard = lose_packets(samples, 8000, 0.5, 20, 2, concealment, rng(seed))  # type: ignore[arg-type]
            assert heard.shape == samples.shape
            assert heard.dtype == np.float32
            assert samples.any() or not heard.any()
