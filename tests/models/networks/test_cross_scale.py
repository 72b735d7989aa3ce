"""The paper's network: counts as in its Table VI, live encoders, and the seven ablations."""

import pytest
import torch

from micfp.models.networks.count import parameter_count
from micfp.models.networks.cross_scale import CrossScale, CrossScaleShape, Encoder, Positions

PAPER = CrossScaleShape(128, 73, 45)


def network(seed: int = 0, **changed: int | bool) -> CrossScale:
    torch.manual_seed(seed)
    return CrossScale(CrossScaleShape(**(vars(PAPER) | changed)))


def test_counts_layer_by_layer() -> None:
    made = network()
    counts = {
        # two ConvLSTM layers, and batch normalisation of 64 and 32 channels: scale, shift, two
        # running statistics
        "maps": 50_176 + 4 * 64 + 36_992 + 4 * 32,
        # two directions, four gates of 128, which see 11 x 32 numbers and the last state
        "frames": 2 * 4 * 128 * (352 + 128 + 1),
        # projections 1 -> 3 x 512 and 512 -> 1, two normalisations of 256, 1 -> 128 -> 1
        "whole": 2 * (2 * 3 * 512 + 513 + 2 * 512 + 256 + 129),
        "head": 257 * 128 + 129 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 628_785
    assert parameter_count(made) == pytest.approx(0.626e6, rel=0.005)


def test_peepholes_break_the_papers_count() -> None:
    """Eq. 6-8: three a place and filter, 24 places x 64 and 11 x 32: 5 664 more, of 0.626 M."""
    made = network(peepholes=True)
    assert parameter_count(made) == 628_785 + 3 * 24 * 64 + 3 * 11 * 32 == 634_449
    # 1.35 % above the paper's count, where without them it is 0.44 %
    assert parameter_count(made) / 0.626e6 - 1 == pytest.approx(0.0135, abs=1e-4)
    assert parameter_count(network()) / 0.626e6 - 1 == pytest.approx(0.0044, abs=1e-4)


def test_every_weight_of_both_encoders_learns() -> None:
    """But for biases that no reading of the network with tokens of width one can learn.

    A key's adds the same to all scores of a query, and softmax does not see it. A value's, and
    those of the two layers that end in one number, add the same to all 256, and LayerNorm takes it
    out.
    """
    made = network().double()  # some gradients are of the order of 1e-10 at first
    scores = made(torch.randn(8, 128, 73, dtype=torch.double))
    torch.nn.functional.cross_entropy(scores, torch.arange(8)).backward()
    of_encoders = list(made.whole.named_parameters())
    assert len(of_encoders) == 2 * 12
    same_for_all = ("project_out.bias", "feed_forward.2.bias")
    for name, value in of_encoders:
        gradient = value.grad
        if name.endswith("project_in.bias"):
            gradient = gradient[:512]  # of the queries
        if name.endswith(same_for_all):
            assert gradient.abs().max() < 1e-15, name
        else:
            assert gradient.count_nonzero() == gradient.numel(), name


def test_encoders_know_places() -> None:
    """Other order in, more than another order out; without positions, LayerNorm's weights alone."""
    torch.manual_seed(0)
    whole = network(1).whole.eval()
    numbers = torch.randn(3, 256)
    order = torch.randperm(256)
    ordered, moved = whole(numbers)[:, order], whole(numbers[:, order])
    assert (ordered - moved).abs().max() > 0.1
    encoder = Encoder(256)
    torch.testing.assert_close(encoder(numbers)[:, order], encoder(numbers[:, order]))


def test_attention_equals_heads_of_64_written_out() -> None:
    """Eq. 12-14 with tokens of width one: projections to 8 heads of 64 and back, float64."""
    torch.manual_seed(0)
    made = Encoder(256).double()
    for value in made.parameters():
        torch.nn.init.normal_(value, std=0.5)
    numbers = torch.randn(3, 256, dtype=torch.double, requires_grad=True)
    projected = made.project_in(numbers.unsqueeze(-1)).unflatten(-1, (3, 8, 64))
    query, key, value = projected.permute(2, 0, 3, 1, 4)  # (batch, heads, tokens, 64) each
    shares = torch.softmax(query @ key.transpose(-1, -2) / 64**0.5, -1)
    heads = (shares @ value).transpose(1, 2).flatten(-2)
    expected = made.project_out(heads).squeeze(-1)
    found = made.attention(numbers)
    weight = torch.randn(3, 256, dtype=torch.double)
    of = [numbers, *made.project_in.parameters(), *made.project_out.parameters()]
    one, other = (
        [result, *torch.autograd.grad((result * weight).sum(), of)] for result in (found, expected)
    )
    for a, b in zip(one, other, strict=True):
        assert (a - b).abs().max() <= 1e-10 * b.abs().max()


def test_positions_are_the_sinusoid_of_width_one() -> None:
    added = Positions(4)(torch.zeros(1, 4))
    assert added.flatten().tolist() == pytest.approx([0.0, 0.841471, 0.909297, 0.141120], abs=1e-6)


@pytest.mark.parametrize(
    ("convlstm", "bilstm", "transformer"),
    [
        *[(True, False, False), (False, True, False), (False, False, True)],
        *[(True, True, True), (False, True, True), (True, False, True), (True, True, False)],
    ],
)
def test_seven_ablations(convlstm: bool, bilstm: bool, transformer: bool) -> None:
    made = network(n_frames=16, convlstm=convlstm, bilstm=bilstm, transformer=transformer)
    width = 352 if convlstm else 73
    expected = 257 * 128 + 129 * 45
    expected += 87_552 if convlstm else 0
    expected += 8 * 128 * (width + 129) if bilstm else (16 * width + 1) * 256
    expected += 2 * 4_994 if transformer else 0
    assert parameter_count(made) == expected
    scores = made(torch.randn(2, 16, 73))
    assert scores.shape == (2, 45)
    scores.sum().backward()
    assert all(v.grad is not None for v in made.parameters() if v.requires_grad)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"n_classes": 0}, "0 classes: there must be two or more"),
        ({"n_frames": 0}, "0 frames"),
        ({"n_features": 2}, "a kernel of 3 does not fit on a map of 2"),
        ({"n_features": 8}, "a kernel of 3 does not fit on a map of 2"),
    ],
)
def test_shapes_that_cannot_be(changed: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        network(**changed)


def test_one_sample_at_a_time_gives_the_same() -> None:
    made = network().eval()
    frames = torch.randn(4, 128, 73)
    with torch.no_grad():
        together, alone = made(frames), torch.cat([made(one[None]) for one in frames])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-5)
