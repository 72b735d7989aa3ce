"""Fusion of three features: its count beside Table VI, and the attention among them."""

import numpy as np
import pytest
import torch
from torch import nn

from micfp.models.networks.count import parameter_count
from micfp.models.networks.multi_feature_fusion import (
    Attention,
    MultiFeatureFusion,
)


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = MultiFeatureFusion(650, 64, 39, 64, 45)
    counts = {
        # kernels of 3 without bias; scale, shift and two running statistics a filter; 650 frames
        # are 325, 162, 81, 40
        "mfcc": 3 * (39 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
        + 4 * (64 + 64 + 128 + 128)
        + (128 * 40 + 1) * 128,
        "gsv": (64 * 39 + 1) * 512 + 513 * 128,
        "ivector": 65 * 128,
        "attention": 129 * 128 + 128,
        "head": (3 * 128 + 1) * 512 + 513 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 2_339_821
    assert parameter_count(made) == pytest.approx(2.361e6, rel=0.1)


def test_attention_by_hand() -> None:
    torch.manual_seed(0)
    made = Attention(5).double()
    features = torch.randn(4, 3, 5, dtype=torch.double)
    seen = np.tanh(features.numpy() @ made.seen.weight.detach().numpy().T + made.seen.bias.tolist())
    scores = np.exp((seen * made.score.weight.tolist()[0]).sum(-1))
    weights = made(features).detach().numpy()
    np.testing.assert_allclose(weights, scores / scores.sum(1, keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-12)
    assert np.ptp(weights, axis=0).min() > 0.01  # other samples, other weights


def test_a_feature_without_weight_is_not_heard() -> None:
    """Attention that goes to what is largest, and an i-vector that always is."""
    torch.manual_seed(0)
    made = MultiFeatureFusion(32, 8, 10, 6, 4).eval()
    mfcc, gsv, ivector = torch.randn(4, 32, 10), torch.randn(4, 8, 10), torch.randn(4, 6)

    def changes() -> list[float]:
        """How far other input of each of the three moves the scores."""
        with torch.no_grad():
            scores = made(mfcc, gsv, ivector)
            others = made(-mfcc, gsv, ivector), made(mfcc, -gsv, ivector), made(mfcc, gsv, -ivector)
        return [float((scores - other).abs().max()) for other in others]

    assert min(changes()) > 1e-4
    nn.init.eye_(made.attention.seen.weight)
    nn.init.constant_(made.attention.score.weight, 10.0)
    nn.init.constant_(made.ivector.bias, 10.0)
    of_mfcc, of_gsv, of_ivector = changes()
    assert of_mfcc == of_gsv == 0
    assert of_ivector > 1e-4
