import sys

import numpy as np
import pytest

from micfp.evidence.bounds import Bounds, bounds, elub

STEP = 0.005
"""Between the log10 LRs that `elub` tries."""


def elub_written_out(same: np.ndarray, different: np.ndarray) -> tuple[float, float]:
    """By Vergeer et al. (2016), one threshold after the other, from zero outwards."""

    def costs_less(threshold: float) -> bool:
        lr = 10.0**threshold
        missed = [value < threshold for value in same] + [True]
        alarmed = [value > threshold for value in different] + [True]
        expected = np.mean(missed) + lr * np.mean(alarmed)
        return bool(expected < min(1, lr))  # saying nothing: always "different", or always "same"

    if not costs_less(0):
        return 0.0, 0.0
    lower = upper = 0.0
    while costs_less(upper + STEP):
        upper += STEP
    while costs_less(lower - STEP):
        lower -= STEP
    return lower, upper


def test_elub_by_hand() -> None:
    # 9 of one device at 3, 99 of two at -3. Up to 3: 1 / 10 + LR / 100 < 1 as far as LR < 90.
    # Down to -3: (1 / 10) / LR + 1 / 100 < 1 as far as LR > 10 / 99.
    lower, upper = elub(np.full(9, 3.0), np.full(99, -3.0))
    assert upper == pytest.approx(np.log10(90), abs=STEP)
    assert lower == pytest.approx(np.log10(10 / 99), abs=STEP)
    # LRs that are nearer than the numbers allow are the bounds themselves.
    assert elub(np.full(999, 0.5), np.full(999, -0.5)) == pytest.approx((-0.5, 0.5), abs=STEP)


def test_lrs_that_say_nothing_or_mislead_are_bounded_to_nothing() -> None:
    assert elub(np.zeros(50), np.zeros(50)) == (0, 0)
    assert elub(np.full(50, -1.0), np.full(50, 1.0)) == (0, 0)
    assert elub(np.array([2.0]), np.array([-2.0])) == (0, 0)  # one pair each, and one misleading


def test_exchanged_hypotheses_exchange_the_bounds() -> None:
    rng = np.random.default_rng(4)
    same, different = (np.round(rng.normal(m, 1, 200), 1) for m in (1.0, -1.0))  # ties, on steps
    lower, upper = elub(same, different)
    assert elub(-different, -same) == (-upper, -lower)


def test_elub_is_the_definition_written_out() -> None:
    rng = np.random.default_rng(1)
    for n_same, n_different in ((5, 8), (40, 200), (200, 40), (100, 100)):
        same, different = rng.normal(1, 1, n_same), rng.normal(-1, 1, n_different)
        expected = elub_written_out(same, different)
        assert elub(same, different) == pytest.approx(expected, abs=STEP / 10)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="NFI lir wants Python 3.12")
def test_elub_is_that_of_nfi_lir() -> None:
    lir_models = pytest.importorskip("lir.data.models", reason="NFI lir is not installed")
    from lir.algorithms.bayeserror import elub as lir_elub

    rng = np.random.default_rng(2)
    for n_same, n_different in ((20, 40), (40, 400), (300, 200)):
        same, different = rng.normal(1, 0.7, n_same), rng.normal(-1, 0.7, n_different)
        y = np.repeat([1, 0], [n_same, n_different])
        data = lir_models.LLRData(  # a copy: it clips what it is given
            features=np.concatenate([same, different]).reshape(-1, 1), hypothesis=y
        )
        # Theirs in steps of 0.01.
        assert elub(same, different) == pytest.approx(lir_elub(data), abs=0.0151)


def test_the_number_of_devices_bounds_however_many_pairs_there_are() -> None:
    rng = np.random.default_rng(3)
    same, different = rng.normal(4, 0.5, 3000), rng.normal(-4, 0.5, 30_000)
    assert max(np.abs(elub(same, different))) > 3
    found = bounds(same, different, 30)
    assert (found.lower, found.upper) == pytest.approx((-1.477, 1.477), abs=1e-3)  # log10(30)
    assert found.why == "30 independent devices"


def test_elub_bounds_where_it_is_the_tighter() -> None:
    found = bounds(np.full(9, 3.0), np.full(99, -3.0), 30)
    # 90 is above 30 and 10 / 99 is above 1 / 30.
    assert found.upper == pytest.approx(np.log10(30))
    assert found.lower == pytest.approx(np.log10(10 / 99), abs=STEP)
    assert found.why == "30 independent devices, and what their trials show (ELUB)"


def test_without_real_devices_nothing_is_stated() -> None:
    nothing = np.zeros(0)
    for n_devices in (0, 1):
        found = bounds(nothing, nothing, n_devices)
        assert (found.lower, found.upper) == (0, 0)
        assert f"{found.lower:+.1f} {found.upper:+.1f}" == "+0.0 +0.0"
    assert bounds(nothing, nothing, 100).upper == 2


def test_clip() -> None:
    found = Bounds(-1.0, 1.5, "").clip(np.array([-7.0, 0.2, 3]))
    assert found.tolist() == [-1, 0.2, 1.5]
