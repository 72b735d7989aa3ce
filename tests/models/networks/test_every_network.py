"""What holds for each of the networks: it runs, learns, and does not mix its samples up."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from micfp.models.networks.bottleneck import Bottleneck
from micfp.models.networks.dual_attention import DualAttention
from micfp.models.networks.gsv_cnn import GsvCnn
from micfp.models.networks.multi_attention import MultiAttention
from micfp.models.networks.multi_feature_fusion import MultiFeatureFusion
from micfp.models.networks.plain_cnn import PlainCnn
from micfp.models.networks.plain_rnn import PlainRnn
from micfp.models.networks.residual_inception import ResidualInception
from micfp.models.networks.spectrum_cnn import SpectrumCnn
from micfp.models.networks.subband_attention import SubbandAttention

FRAMES, GSV, IVECTOR = (64, 20), (16, 20), (12,)
NETWORKS: list[tuple[Callable[[], nn.Module], list[tuple[int, ...]]]] = [
    (lambda: GsvCnn(16, 20, 4), [GSV]),
    (
        lambda: MultiFeatureFusion(64, 16, 20, 12, 4),
        [FRAMES, GSV, IVECTOR],
    ),
    (lambda: MultiAttention(64, 16, 20, 4), [FRAMES, GSV]),
    (lambda: PlainCnn(64, 20, 4), [FRAMES]),
    (lambda: PlainRnn(64, 20, 4), [FRAMES]),
    (lambda: SpectrumCnn(20, 4), [(4, 20)]),
    (lambda: SubbandAttention(64, 36, 4), [(64, 36)]),
    (lambda: ResidualInception(64, 20, 4), [FRAMES]),
    (lambda: DualAttention(64, 20, 4), [FRAMES]),
    (lambda: Bottleneck(16, 20), [GSV]),
]
each = pytest.mark.parametrize(
    ("make", "shapes"),
    NETWORKS,
    ids=[
        *("gsv_cnn", "multi_feature_fusion", "multi_attention", "cnn", "rnn", "spectrum_cnn"),
        *("subband_attention", "residual_inception", "dual_attention", "bottleneck"),
    ],
)


def made_and_batch(
    make: Callable[[], nn.Module], shapes: list[tuple[int, ...]]
) -> tuple[nn.Module, list[Tensor], Tensor]:
    torch.manual_seed(0)
    inputs = [torch.randn(8, *shape) for shape in shapes]
    return make(), inputs, torch.arange(8) % 4


def loss(made: nn.Module, inputs: list[Tensor], y: Tensor) -> Tensor:
    if isinstance(made, MultiAttention | Bottleneck):
        return made.loss(inputs, y)[0]
    return functional.cross_entropy(made(*inputs), y)


@each
def test_every_parameter_gets_a_gradient(make: Any, shapes: Any) -> None:
    made, inputs, y = made_and_batch(make, shapes)
    loss(made, inputs, y).backward()
    for name, value in made.named_parameters():
        assert value.grad is not None, name
        assert value.grad.count_nonzero() > 0, name


@each
def test_one_sample_at_a_time_gives_the_same(make: Any, shapes: Any) -> None:
    made, inputs, _ = made_and_batch(make, shapes)
    made(*inputs)  # running statistics that are not 0 and 1
    made.eval()
    with torch.no_grad():
        together = made(*inputs)
        alone = [made(*(one[i : i + 1] for one in inputs)) for i in range(8)]
    assert together.shape == (inputs[0].shape if isinstance(made, Bottleneck) else (8, 4))
    assert together.std(0).max() > 1e-3  # not the same for all
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


@each
def test_learns_eight_random_samples_by_heart(make: Any, shapes: Any) -> None:
    made, inputs, y = made_and_batch(make, shapes)
    optimiser = torch.optim.Adam(made.parameters(), lr=2e-3)
    losses: list[float] = []
    while len(losses) < 100 and min(losses, default=1.0) >= 0.1:
        optimiser.zero_grad()
        now = loss(made, inputs, y)
        now.backward()
        optimiser.step()
        losses.append(now.item())
    assert losses[0] > 0.9
    assert losses[-1] < 0.1


@each
def test_same_seed_same_network(make: Any, shapes: Any) -> None:
    one, other = (made_and_batch(make, shapes)[0].state_dict() for _ in range(2))
    torch.manual_seed(1)
    changed = make().state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any(not torch.equal(one[name], changed[name]) for name in one)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GsvCnn(64, 39, 1), "1 classes: there must be 2 or more"),
        (lambda: GsvCnn(7, 39, 4), "7 components: there must be 8 or more"),
        (lambda: GsvCnn(64, 7, 4), "7 features: there must be 8 or more"),
        *[
            (lambda shape=shape: MultiFeatureFusion(*shape), sentence)
            for shape, sentence in [
                ((64, 16, 20, 12, 0), "0 classes: there must be 2 or more"),
                ((15, 16, 20, 12, 4), "15 frames: there must be 16 or more"),
                ((64, 0, 20, 12, 4), "0 components: there must be 1 or more"),
                ((64, 16, 0, 12, 4), "0 features: there must be 1 or more"),
                ((64, 16, 20, 0, 4), "0 factors: there must be 1 or more"),
            ]
        ],
        *[
            (lambda shape=shape: MultiAttention(*shape), sentence)
            for shape, sentence in [
                ((64, 16, 20, 1), "1 classes: there must be 2 or more"),
                ((8, 16, 20, 4), "8 frames: there must be 9 or more"),  # 3 at dilation 4: 1 + 2 x 4
                ((64, 0, 20, 4), "0 components: there must be 1 or more"),
                ((64, 16, 0, 4), "0 features: there must be 1 or more"),
            ]
        ],
        (lambda: PlainCnn(64, 20, 1), "1 classes: there must be 2 or more"),
        (lambda: PlainCnn(15, 20, 4), "15 frames: there must be 16 or more"),
        (lambda: PlainCnn(64, 15, 4), "15 bands: there must be 16 or more"),
        (lambda: PlainRnn(64, 20, 1), "1 classes: there must be 2 or more"),
        (lambda: PlainRnn(0, 20, 4), "0 frames: there must be 1 or more"),
        (lambda: PlainRnn(64, 0, 4), "0 bands: there must be 1 or more"),
        (lambda: SpectrumCnn(20, 1), "1 classes: there must be 2 or more"),
        (lambda: SpectrumCnn(7, 4), "7 points: there must be 8 or more"),
        *[
            (lambda network=network, shape=shape: network(*shape), sentence)
            for network, shape, sentence in [
                (SubbandAttention, (64, 32, 1), "1 classes: there must be 2 or more"),
                (SubbandAttention, (3, 32, 4), "3 frames: there must be 4 or more"),
                (SubbandAttention, (64, 31, 4), "31 bands: there must be 32 or more"),
                (ResidualInception, (64, 20, 1), "1 classes: there must be 2 or more"),
                (ResidualInception, (15, 20, 4), "15 frames: there must be 16 or more"),
                (ResidualInception, (64, 15, 4), "15 bands: there must be 16 or more"),
                (DualAttention, (64, 20, 1), "1 classes: there must be 2 or more"),
                (DualAttention, (3, 20, 4), "3 frames: there must be 4 or more"),
                (DualAttention, (64, 0, 4), "0 bands: there must be 1 or more"),
            ]
        ],
        (lambda: Bottleneck(0, 20), "0 components: there must be 1 or more"),
        (lambda: Bottleneck(16, 0), "0 features: there must be 1 or more"),
    ],
)
def test_shapes_that_cannot_be(make: Callable[[], nn.Module], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("make", "shapes"),
    [
        (lambda: GsvCnn(8, 8, 2), [(8, 8)]),
        (
            lambda: MultiFeatureFusion(16, 1, 1, 1, 2),
            [(16, 1), (1, 1), (1,)],
        ),
        (
            lambda: MultiFeatureFusion(130, 64, 39, 64, 2),
            [(130, 39), (64, 39), (64,)],
        ),
        (lambda: MultiAttention(9, 1, 1, 2), [(9, 1), (1, 1)]),
        (lambda: MultiAttention(130, 7, 13, 2), [(130, 13), (7, 13)]),
        (lambda: PlainCnn(16, 16, 2), [(16, 16)]),
        (lambda: PlainCnn(131, 73, 2), [(131, 73)]),
        (lambda: PlainRnn(1, 1, 2), [(1, 1)]),
        (lambda: SpectrumCnn(8, 2), [(1, 8)]),
        (lambda: SubbandAttention(4, 32, 2), [(4, 32)]),
        (lambda: SubbandAttention(131, 73, 2), [(131, 73)]),
        (lambda: ResidualInception(16, 16, 2), [(16, 16)]),
        (lambda: ResidualInception(131, 73, 2), [(131, 73)]),
        (lambda: DualAttention(4, 1, 2), [(4, 1)]),
        (lambda: DualAttention(131, 73, 2), [(131, 73)]),
        (lambda: Bottleneck(1, 1), [(1, 1)]),
    ],
)
def test_least_and_odd_shapes(make: Callable[[], nn.Module], shapes: list[tuple[int, ...]]) -> None:
    made = make()
    inputs = [torch.randn(3, *shape) for shape in shapes]
    expected = (3, 1, 1) if isinstance(made, Bottleneck) else (3, 2)
    assert made(*inputs).shape == expected
