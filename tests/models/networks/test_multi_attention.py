"""The multi-attention network: count, reach of its convolutions, three attentions, three losses."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from micfp.models.networks.count import parameter_count
from micfp.models.networks.multi_attention import (
    MultiAttention,
    ResidualDense,
)


def network() -> tuple[MultiAttention, Tensor, Tensor]:
    """One that is not trained any more, with MFCC and supervectors of four samples."""
    torch.manual_seed(0)
    made = MultiAttention(64, 16, 13, 5).eval()
    return made, torch.randn(4, 64, 13), torch.randn(4, 16, 13)


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = MultiAttention(650, 64, 39, 45)
    attention = 10 * 16 + (9 * 16 + 1) * 32  # two convolutions of 3 x 3
    counts = {
        # 650 x 39 is 163 x 10 after two strides of 2, and 7 x 4 after windows of 24 x 3
        "frame_weights": attention + (32 * 7 * 4 + 1) * 650,
        # 64 x 39 is 16 x 10, and 6 x 4 after windows of 3 x 3
        "place_weights": attention + (32 * 6 * 4 + 1) * 64 * 39,
        # a block: three convolutions and a shortcut, each with a bias
        "convolutions": (5 * (39 + 6 + 6) + 39 + 4) * 6
        + (5 * (6 + 16 + 16) + 6 + 4) * 16
        + (3 * (16 + 40 + 40) + 16 + 4) * 40,
        "temporal": (650 * 40 + 1) * 1024,
        # 64 x 39 is 16 x 10 after two strides of 2
        "spatial": 10 * 24 + (9 * 24 + 1) * 48 + (48 * 16 * 10 + 1) * 1024 + 1025 * 1024,
        "branches": 2049 * 2,
        "fused": 2049 * 1024,
        "heads": 3 * 1025 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 40_320_655
    assert parameter_count(made) == pytest.approx(40.56e6, rel=0.1)


@pytest.mark.parametrize("dilation", [1, 2, 4])
def test_block_by_hand(dilation: int) -> None:
    """An impulse, kernels (1, 1, 1): 1 1 1, then 1 2 3 2 1, then 1 3 6 7 6 3 1.

    With the impulse itself by the shortcut: 1, 3 + 1, 6 + 2 + 1, 7 + 3 + 1 + 1, and back.
    """
    made = ResidualDense(1, 1, 3, dilation)
    for name, value in made.named_parameters():
        nn.init.constant_(value, 0.0 if name.endswith("bias") else 1.0)
    impulse = torch.zeros(1, 1, 41)
    impulse[0, 0, 20] = 1.0
    expected = torch.zeros(41)
    expected[20 - 3 * dilation : 21 + 3 * dilation : dilation] = torch.tensor(
        [1.0, 4.0, 9.0, 12.0, 9.0, 4.0, 1.0]
    )
    assert made(impulse).flatten().tolist() == expected.tolist()


def test_reach_of_the_three_blocks() -> None:
    """Three convolutions a block: 3 x 2 x 1 + 3 x 2 x 2 + 3 x 1 x 4 = 30 frames either way.

    Weights and frames above zero, so that no ReLU hides what arrives.
    """
    convolutions = MultiAttention(128, 1, 13, 2).convolutions.double()
    torch.manual_seed(0)
    for value in convolutions.parameters():
        nn.init.uniform_(value, 0.1, 1.0)
    frames = torch.rand(1, 13, 128, dtype=torch.double)
    other = frames.clone()
    other[0, :, 50] += 1.0
    changed = (convolutions(frames) != convolutions(other)).any(1).flatten()
    assert changed.nonzero().flatten().tolist() == list(range(50 - 30, 50 + 30 + 1))


def test_weights_of_frames_and_places_come_from_the_input() -> None:
    made, mfcc, gsv = network()
    for layer, maps, n in ((made.frame_weights, mfcc, 64), (made.place_weights, gsv, 16 * 13)):
        weights = layer(maps)
        assert weights.shape == (4, n)
        assert ((weights > 0) & (weights < 1)).all()
        assert (weights[0] - weights[1]).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("part", "of", "branch", "row"),
    # a frame has one weight, a component one for each of its 13 features
    [("frame_weights", 0, 0, slice(10, 11)), ("place_weights", 1, 2, slice(130, 143))],
)
def test_a_row_without_weight_is_not_heard(part: str, of: int, branch: int, row: slice) -> None:
    """Frame or component 10 alone has none, whatever comes in; then all have the same."""
    made, *inputs = network()
    others = list(inputs)
    others[of] = inputs[of].clone()
    others[of][:, 10] += 1.0
    *_, dense, _ = getattr(made, part).layers
    nn.init.zeros_(dense.weight)
    nn.init.zeros_(dense.bias)
    assert not torch.equal(made.scores(*inputs)[branch], made.scores(*others)[branch])
    dense.bias.data[row] = -1e4  # of which the sigmoid is 0 in float32
    assert torch.equal(made.scores(*inputs)[branch], made.scores(*others)[branch])


def test_branch_weights() -> None:
    """Of sum 1, from both branches; the whole weight on one, and the other is not heard."""
    made, mfcc, gsv = network()
    both = torch.rand(4, 2, 1024)
    weights = made.branch_weights(both)
    assert weights.shape == (4, 2)
    torch.testing.assert_close(weights.sum(1), torch.ones(4))
    other = both.clone()
    other[:, 1] += 1.0
    assert (weights - made.branch_weights(other)).abs().min() > 1e-4
    nn.init.zeros_(made.branches.weight)
    made.branches.bias.data = torch.tensor([200.0, -200.0])
    scores = made(mfcc, gsv)
    assert torch.equal(scores, made(mfcc, -gsv))
    assert not torch.equal(scores, made(-mfcc, gsv))


def test_loss_by_hand() -> None:
    """1 x temporal branch, 2 x both, 1 x spatial branch; what both say decides."""
    made, mfcc, gsv = network()
    y = torch.tensor([0, 3, 4, 1])
    found, deciding = made.loss([mfcc, gsv], y)
    temporal, both, spatial = (one.detach().double().numpy() for one in made.scores(mfcc, gsv))

    def cross_entropy(scores: np.ndarray) -> float:
        of_class = np.exp(scores[np.arange(4), y]) / np.exp(scores).sum(1)
        return float(-np.log(of_class).mean())

    expected = 1 * cross_entropy(temporal) + 2 * cross_entropy(both) + 1 * cross_entropy(spatial)
    assert found.item() == pytest.approx(expected, rel=1e-5)
    assert torch.equal(deciding, made(mfcc, gsv))
    np.testing.assert_allclose(deciding.detach(), both, rtol=1e-6)


def test_each_branch_has_scores_of_its_own() -> None:
    made, mfcc, gsv = network()
    temporal, both, spatial = made.scores(mfcc, gsv)
    without_mfcc, without_gsv = made.scores(0 * mfcc, gsv), made.scores(mfcc, 0 * gsv)
    assert torch.equal(temporal, without_gsv[0])
    assert torch.equal(spatial, without_mfcc[2])
    for other in (without_mfcc[0], without_mfcc[1], without_gsv[1], without_gsv[2]):
        assert all((other - one).abs().max() > 1e-3 for one in (temporal, both, spatial))
