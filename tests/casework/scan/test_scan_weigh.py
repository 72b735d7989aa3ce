"""What differences of both sides are worth."""

import numpy as np
import pytest

from micfp.casework.scan.weigh import KINDS, MEASURES, log_ratio, products, shipped
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model


def test_the_shipped_weights_are_of_the_shipped_model() -> None:
    weights = shipped()
    n_terms = len(MEASURES) + (len(MEASURES) - 1) * len(MEASURES) // 2
    assert weights.model_sha256 == load_model(SHIPPED).sha256
    assert np.array(weights.weights).shape == (len(KINDS), 1 + n_terms)


def test_shares_are_a_softmax() -> None:
    """At the centre all terms are 0, and offsets are left."""
    weights = shipped()
    offsets = np.array(weights.weights)[:, 0]
    expected = np.exp(offsets) / np.exp(offsets).sum()
    found = weights.log_shares(np.array([weights.centre]))
    np.testing.assert_allclose(np.exp(found[0]), expected, rtol=1e-9)


def test_terms_are_measures_and_products_of_all_but_the_moment() -> None:
    np.testing.assert_allclose(
        products(np.array([[9.0, 2.0, -3.0]])), [[9, 2, -3, 2 * 2, 2 * -3, -3 * -3]]
    )


def test_no_term_is_beyond_all_sense() -> None:
    np.testing.assert_allclose(products(np.array([[50.0, -50.0]])), [[12, -4, 16]])


def test_the_ratio_is_of_one_share_against_all_others() -> None:
    """0.4 against 0.6 in five parts."""
    shares = np.full((1, len(KINDS)), 0.12)
    shares[0, KINDS.index("device")] = 0.4
    assert log_ratio(np.log(shares), "device")[0] == pytest.approx(np.log(0.4 / 0.6))


def test_an_lr_is_of_the_ratio_and_the_moment_and_is_bounded() -> None:
    """Ratio 0 at even shares of device and rest; 1 + 0.1 x 20 = 3, and 72 devices: log10 72."""
    shares = [-20.0] * len(KINDS)
    shares[0] = shares[1] = 0.0
    n_terms = len(shipped().weights[0]) - 1
    weights = shipped().model_copy(
        update={
            "weights": tuple((share, *[0.0] * n_terms) for share in shares),
            "lr_offset": 1.0,
            "lr_by_ratio": 2.0,
            "lr_by_moment": 0.1,
            "n_devices": 72,
        }
    )
    measures = np.zeros(len(MEASURES))
    measures[0] = 20.0
    assert weights.log_lr(measures) == pytest.approx(3.0, abs=1e-6)
    assert weights.log10_lr(measures) == pytest.approx(3.0 / np.log(10), abs=1e-6)
    measures[0] = 1000.0
    assert weights.log10_lr(measures) == pytest.approx(np.log10(72))
    measures[0] = -1000.0
    assert weights.log10_lr(measures) == pytest.approx(-np.log10(72))


def test_a_device_is_claimed_above_its_threshold_and_others_above_theirs() -> None:
    """Shares 0.1, 0.6, 0.05, 0.15 ...: LR of a device 1.5, of any change 9."""
    shares = np.log([0.1, 0.6, 0.05, 0.15, 0.05, 0.05])
    n_terms = len(shipped().weights[0]) - 1

    def kind(device: float, change: float) -> str:
        update = {
            "weights": tuple((share, *[0.0] * n_terms) for share in shares),
            **{"lr_offset": 0.0, "lr_by_ratio": 1.0, "lr_by_moment": 0.0},
            **{"device_threshold": np.log(device), "change_threshold": np.log(change)},
        }
        return shipped().model_copy(update=update).kind(np.zeros(len(MEASURES)))

    assert kind(1.49, 1000) == "device"
    assert kind(1.51, 8.9) == "noise"
    assert kind(1.51, 9.1) == "nothing"
