"""A chain of degradations: its order, its draws, and samples that are no numbers."""

import numpy as np
import pytest

from micfp.degrade import Degradation, degrade
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
    found = degrade(samples, RATE_HZ, chain(NOISE, TELEPHONE, MP3), rng())
    noisy = white_noise(samples, RATE_HZ, 10, rng())
    expected = mp3(telephone(noisy, RATE_HZ), RATE_HZ, 32)
    np.testing.assert_array_equal(found, expected)
    other = degrade(samples, RATE_HZ, chain(TELEPHONE, MP3, NOISE), rng())
    assert np.abs(other - expected).max() > 0.01


def test_two_noises_are_two_draws(samples: np.ndarray) -> None:
    once = degrade(samples, RATE_HZ, chain(NOISE), rng()) - samples
    twice = degrade(samples, RATE_HZ, chain(NOISE, NOISE), rng()) - samples
    # independent ones of about one power add up to 3 dB more, equal ones to 6 dB
    assert 10 * np.log10(np.mean(twice**2) / np.mean(once**2)) == pytest.approx(3.2, abs=0.4)


def test_of_nothing_nothing_changes(samples: np.ndarray) -> None:
    np.testing.assert_array_equal(degrade(samples, RATE_HZ, (), rng()), samples)


@pytest.mark.parametrize("section", [NOISE, MP3, TELEPHONE], ids=lambda one: str(one["kind"]))
def test_what_is_no_number_counts_as_zero_and_is_put_back(
    samples: np.ndarray, section: dict[str, object]
) -> None:
    holed, zeroed = samples.copy(), samples.copy()
    holed[[10, 5000, 5001]] = np.nan, np.inf, -np.inf
    zeroed[[10, 5000, 5001]] = 0
    before = holed.copy()
    found = degrade(holed, RATE_HZ, chain(section), rng())
    expected = degrade(zeroed, RATE_HZ, chain(section), rng())
    expected[[10, 5000, 5001]] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(holed, before)


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((5, 2), np.float32), np.zeros(5), np.zeros(0, np.float32), np.zeros(5, np.int16)],
    ids=["two channels", "float64", "empty", "int16"],
)
def test_other_forms_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(MicfpError, match=r"samples of shape \(.*\) cannot be degraded; give float"):
        degrade(wrong, RATE_HZ, chain(NOISE), rng())


def test_what_the_rate_cannot_have() -> None:
    low = np.ones(100, np.float32)
    with pytest.raises(MicfpError, match="4000 Hz cannot hold"):
        degrade(low, 4000, chain(TELEPHONE), rng())
