"""The plain recurrent network: its count, both directions, and the mean over time."""

import torch

from micfp.models.networks.count import parameter_count
from micfp.models.networks.plain_rnn import PlainRnn


def network() -> tuple[PlainRnn, torch.Tensor]:
    torch.manual_seed(0)
    return PlainRnn(12, 6, 5).double(), torch.randn(3, 12, 6, dtype=torch.double)


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = PlainRnn(128, 64, 45)
    counts = {
        # two directions, three gates of 128, which see 64 bands and the last state, two biases
        "gru": 2 * 3 * 128 * (64 + 128 + 2),
        "head": 257 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 160_557


def test_scores_by_hand() -> None:
    """Gates written out (Cho et al. 2014, in torch's order), each direction for itself, mean."""
    made, frames = network()
    means = []
    for end, times in (("_l0", range(12)), ("_l0_reverse", reversed(range(12)))):
        own, recurrent, bias, recurrent_bias = (
            getattr(made.gru, name + end)
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        state = torch.zeros(3, 128, dtype=torch.double)
        total = torch.zeros_like(state)
        for time in times:
            r, z, n = (frames[:, time] @ own.T + bias).chunk(3, 1)
            of_r, of_z, of_n = (state @ recurrent.T + recurrent_bias).chunk(3, 1)
            update = torch.sigmoid(z + of_z)
            new = torch.tanh(n + torch.sigmoid(r + of_r) * of_n)
            state = (1 - update) * new + update * state
            total = total + state
        means.append(total / 12)
    expected = torch.cat(means, 1) @ made.head.weight.T + made.head.bias
    torch.testing.assert_close(made(frames), expected, rtol=1e-10, atol=1e-12)
