"""A chain of degradations: its order, its draws, and samples that are no numbers."""

import numpy as np
import pytest

from micfp.degrade import Degradation, Sound, degrade, degrade_channels
from micfp.degrade.mp3 import mp3
from micfp.degrade.noise import white_noise
from micfp.degrade.telephone import telephone
from micfp.errors import MicfpError
from micfp.plan.params import parse_params

RATE_HZ = 16000
NOISE = {"kind": "noise", "snr_db": 10}
MP3 = {"kind": "mp3", "kbit_s": 32}
TELEPHONE = {"kind": "telephone"}


def chain(*sections: dict[str, object]) -> tuple[Degradation, ...]:
    return parse_params({"degrade": list(sections)}).degrade


def rng(seed: int = 3) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def samples() -> np.ndarray:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    return (0.2 * np.sin(2 * np.pi * (300 + 1500 * time_s) * time_s)).astype(np.float32)


def test_one_after_the_other(samples: np.ndarray) -> None:
    found = degrade(Sound(samples, RATE_HZ), chain(NOISE, TELEPHONE, MP3), rng())
    noisy = white_noise(samples, RATE_HZ, 10, rng())
    line = telephone(noisy, RATE_HZ)
    expected = mp3(line.samples, line.rate_hz, 32)
    assert found.rate_hz == expected.rate_hz == 8000
    np.testing.assert_array_equal(found.samples, expected.samples)
    other = degrade(Sound(samples, RATE_HZ), chain(TELEPHONE, MP3, NOISE), rng())
    assert np.abs(other.samples - expected.samples).max() > 0.01


def test_two_noises_are_two_draws(samples: np.ndarray) -> None:
    once = degrade(Sound(samples, RATE_HZ), chain(NOISE), rng()).samples - samples
    twice = degrade(Sound(samples, RATE_HZ), chain(NOISE, NOISE), rng()).samples - samples
    # independent ones of about one power add up to 3 dB more, equal ones to 6 dB
    assert 10 * np.log10(np.mean(twice**2) / np.mean(once**2)) == pytest.approx(3.2, abs=0.4)


def test_of_nothing_nothing_changes(samples: np.ndarray) -> None:
    sound = Sound(samples, RATE_HZ)
    assert degrade(sound, (), rng()) is sound


@pytest.mark.parametrize("section", [NOISE, MP3, TELEPHONE], ids=lambda one: str(one["kind"]))
def test_what_is_no_number_counts_as_zero_and_is_put_back(
    samples: np.ndarray, section: dict[str, object]
) -> None:
    holed, zeroed = samples.copy(), samples.copy()
    holed[[10, 5000, 5001]] = np.nan, np.inf, -np.inf
    zeroed[[10, 5000, 5001]] = 0
    before = holed.copy()
    found = degrade(Sound(holed, RATE_HZ), chain(section), rng())
    expected = degrade(Sound(zeroed, RATE_HZ), chain(section), rng()).samples.copy()
    # at 8 kHz, at half the numbers, where 5000 and 5001 come to one place
    places = [5, 2500, 2500] if section == TELEPHONE else [10, 5000, 5001]
    expected[places] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(found.samples, expected)
    np.testing.assert_array_equal(holed, before)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((5, 2), np.float32), np.zeros(5), np.zeros(0, np.float32), np.zeros(5, np.int16)],
    ids=["two channels", "float64", "empty", "int16"],
)
def test_other_forms_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(MicfpError, match=r"samples of shape \(.*\) cannot be degraded; give float"):
        degrade(Sound(wrong, RATE_HZ), chain(NOISE), rng())


def test_what_the_rate_cannot_have() -> None:
    low = np.ones(100, np.float32)
    with pytest.raises(MicfpError, match="4000 Hz cannot hold"):
        degrade(Sound(low, 4000), chain(TELEPHONE), rng())


def test_a_file_of_one_channel_holds_the_mean_or_the_channel_that_is_read(
    samples: np.ndarray,
) -> None:
    gsm = {"kind": "gsm"}
    channels = [Sound(samples, RATE_HZ), Sound(-0.5 * samples, RATE_HZ)]
    for mixed, expected in (("mean", 0.25 * samples), (1, -0.5 * samples)):
        (found,) = degrade_channels(channels, chain(NOISE, gsm), [rng(), rng()], mixed)
        # the two have the noise of one draw, scaled by their levels: 1 and 0.5
        noise = [degrade(one, chain(NOISE), rng()).samples - one.samples for one in channels]
        mixed_noise = noise[1] if mixed == 1 else (noise[0] + noise[1]) / 2
        wanted = degrade(Sound(expected + mixed_noise, RATE_HZ), chain(gsm), rng())
        np.testing.assert_allclose(found.samples, wanted.samples, atol=1e-3)


def test_other_chains_keep_the_channels(samples: np.ndarray) -> None:
    channels = [Sound(samples, RATE_HZ), Sound(-0.5 * samples, RATE_HZ)]
    found = degrade_channels(channels, chain(MP3, TELEPHONE), [rng(), rng()], 0)
    assert [one.rate_hz for one in found] == [8000, 8000]
    for one, other in zip(found, channels, strict=True):
        expected = degrade(other, chain(MP3, TELEPHONE), rng())
        np.testing.assert_array_equal(one.samples, expected.samples)
