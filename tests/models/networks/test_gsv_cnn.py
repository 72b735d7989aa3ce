"""The CNN over supervectors: its count beside Table VI, and that it knows places."""

import pytest
import torch

from micfp.models.networks.count import parameter_count
from micfp.models.networks.gsv_cnn import GsvCnn


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = GsvCnn(64, 39, 45)
    counts = {
        # 3 x 3 kernels without bias; scale, shift and two running statistics a filter
        "maps": 9 * (1 * 32 + 32 * 64 + 64 * 128) + 4 * (32 + 64 + 128),
        # 64 x 39 is 8 x 4 after three times 2 x 2
        "head": (128 * 8 * 4 + 1) * 64 + 65 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 358_477
    assert parameter_count(made) == pytest.approx(0.348e6, rel=0.1)


def test_knows_components_and_features_by_their_number() -> None:
    torch.manual_seed(0)
    made = GsvCnn(64, 39, 45).eval()
    gsv = torch.zeros(1, 64, 39)
    gsv[0, 24, 16] = 1.0
    with torch.no_grad():
        scores = made(gsv)
        other_component, other_feature = made(gsv.roll(8, 1)), made(gsv.roll(8, 2))
    assert (scores - other_component).abs().max() > 1e-3
    assert (scores - other_feature).abs().max() > 1e-3
