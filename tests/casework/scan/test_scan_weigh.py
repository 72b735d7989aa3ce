"""What differences of both sides are worth."""

import numpy as np
import pytest

from micfp.casework.scan.changes import kind_of
from micfp.casework.scan.weigh import KINDS, MEASURES, log_ratio, products, shipped
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model


def test_the_shipped_weights_are_of_the_shipped_model() -> None:
    weights = shipped()
    n_terms = len(MEASURES) + len(MEASURES) * (len(MEASURES) + 1) // 2
    assert weights.model_sha256 == load_model(SHIPPED).sha256
    assert np.array(weights.weights).shape == (len(KINDS), 1 + n_terms)


def test_shares_are_a_softmax() -> None:
    """At the centre all terms are 0, and offsets are left."""
    weights = shipped()
    offsets = np.array(weights.weights)[:, 0]
    expected = np.exp(offsets) / np.exp(offsets).sum()
    found = weights.log_shares(np.array([weights.centre]))
    np.testing.assert_allclose(np.exp(found[0]), expected, rtol=1e-9)


def test_terms_are_measures_and_their_products_and_none_is_beyond_all_sense() -> None:
    np.testing.assert_allclose(products(np.array([[2.0, -3.0]])), [[2, -3, 4, -6, 9]])
    np.testing.assert_allclose(products(np.array([[100.0]])), [[4, 16]])


def test_the_ratio_is_of_one_share_against_all_others() -> None:
    """0.4 against 0.6 in five parts."""
    shares = np.full((1, len(KINDS)), 0.12)
    shares[0, KINDS.index("device")] = 0.4
    assert log_ratio(np.log(shares))[0] == pytest.approx(np.log(0.4 / 0.6))


def test_lrs_grow_with_the_ratio_and_are_bounded_by_the_devices() -> None:
    weights = shipped()
    found = [weights.log10_lr(ratio) for ratio in np.linspace(-50, 50, 101)]
    limit = np.log10(weights.n_devices)
    assert found == sorted(found)
    assert found[0] == pytest.approx(-limit)
    assert found[-1] == pytest.approx(limit)


def test_a_device_is_claimed_above_its_threshold_alone() -> None:
    """Below it the likeliest other kind is said, however likely a device is."""
    shares = np.log(np.array([[0.05, 0.6, 0.05, 0.2, 0.05, 0.05]]))
    assert kind_of(shares, 0.41, 0.4) == "device"
    assert kind_of(shares, 0.40, 0.4) == KINDS[3]
