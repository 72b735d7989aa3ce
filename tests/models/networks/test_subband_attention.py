"""Streams of sub-bands: their count, that each sees its own bands, and the attention by hand."""

import torch
from torch.nn import functional

from micfp.models.networks.count import parameter_count
from micfp.models.networks.subband_attention import SubbandAttention


def network() -> tuple[SubbandAttention, torch.Tensor]:
    torch.manual_seed(0)
    return SubbandAttention(16, 67, 5).double().eval(), torch.randn(2, 16, 67, dtype=torch.double)


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = SubbandAttention(128, 128, 45)
    counts = {
        # eight streams of 3 x 3 kernels, 1 to 8 and 8 to 16; four numbers a filter besides
        "maps": 8 * 9 * (1 * 8 + 8 * 16) + 4 * 8 * (8 + 16),
        "attention": (128 + 1) * 32 + (32 + 1) * 128,
        # 16 bands of a stream are 4 after twice 2 x 2
        "head": (128 * 4 + 1) * 128 + 129 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 90_381


def test_each_stream_sees_eight_neighbouring_bands() -> None:
    made, frames = network()
    streams = made.streams(frames)
    assert streams.shape == (2, 8, 16, 8)
    for number in range(8):
        assert torch.equal(streams[:, number], frames[:, :, 8 * number : 8 * number + 8])


def test_a_stream_has_kernels_of_its_own() -> None:
    """Channel 16 s to 16 s + 15 of the maps are those of stream s alone, by a plain network."""
    made, frames = network()
    maps = made.maps(made.streams(frames))
    assert maps.shape == (2, 128, 4, 2)
    (first, _, norm_1, _), (second, _, norm_2, _) = made.maps
    for number in (0, 5):
        one = made.streams(frames)[:, number : number + 1]
        kernels = first.weight[8 * number : 8 * number + 8]
        one = functional.max_pool2d(functional.conv2d(one, kernels, padding=1), 2)
        one = torch.relu(one / (1 + norm_1.eps) ** 0.5)
        kernels = second.weight[16 * number : 16 * number + 16]
        one = functional.max_pool2d(functional.conv2d(one, kernels, padding=1), 2)
        one = torch.relu(one / (1 + norm_2.eps) ** 0.5)
        torch.testing.assert_close(maps[:, 16 * number : 16 * number + 16], one)


def test_scores_by_hand() -> None:
    """A weight for each channel from the means of all: one of 0 would silence it."""
    made, frames = network()
    maps = made.maps(made.streams(frames)).mean(2)
    squeeze, _, stretch, _ = made.attention
    hidden = torch.relu(maps.mean(2) @ squeeze.weight.T + squeeze.bias)
    weights = 1 / (1 + torch.exp(-(hidden @ stretch.weight.T + stretch.bias)))
    assert weights.shape == (2, 128)
    assert ((weights > 0) & (weights < 1)).all()
    expected = made.head((maps * weights[:, :, None]).flatten(1))
    torch.testing.assert_close(made(frames), expected)
    with torch.no_grad():
        stretch.weight.zero_()
        stretch.bias.fill_(-1e3)
        torch.testing.assert_close(made(frames), made.head(torch.zeros(2, 256).double()))
