"""CNN and LSTM with an attention each: their count, the pooling by hand, and both ways used."""

import numpy as np
import torch

from micfp.models.networks.count import parameter_count
from micfp.models.networks.dual_attention import AttentionPooling, DualAttention


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = DualAttention(128, 64, 45)
    attention = (128 + 1) * 64 + 64
    counts = {
        # kernels of 5 without bias; four numbers a filter besides
        "convolutions": 5 * (64 * 128 + 128 * 128) + 2 * 4 * 128,
        # two directions, four gates of 64, which see 128 filters and the last state, two biases
        "lstm": 2 * 4 * 64 * (128 + 64 + 2),
        "of_convolutions": attention,
        "of_states": attention,
        "head": (128 + 128 + 1) * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 251_437


def test_the_pooling_by_hand() -> None:
    torch.manual_seed(0)
    made = AttentionPooling(6).double()
    steps = torch.randn(3, 5, 6, dtype=torch.double)
    x = steps.numpy()
    inner, _, outer = made.scores
    w, b, v = (p.detach().numpy() for p in (inner.weight, inner.bias, outer.weight))
    scores = np.tanh(x @ w.T + b) @ v[0]
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    expected = np.einsum("nt,ntw->nw", weights, x)
    np.testing.assert_allclose(made(steps).detach().numpy(), expected)


def test_equal_scores_are_the_mean() -> None:
    torch.manual_seed(0)
    made = AttentionPooling(6)
    torch.nn.init.zeros_(made.scores[2].weight)
    steps = torch.randn(3, 5, 6)
    torch.testing.assert_close(made(steps), steps.mean(1))


def test_both_ways_decide() -> None:
    """The scores are the head's of the two pooled ones, side by side."""
    torch.manual_seed(0)
    made = DualAttention(16, 12, 4).double().eval()
    frames = torch.randn(2, 16, 12, dtype=torch.double)
    seen = made.convolutions(frames.transpose(1, 2)).transpose(1, 2)
    assert seen.shape == (2, 4, 128)
    states = made.lstm(seen)[0]
    one, other = made.of_convolutions(seen), made.of_states(states)
    weight, bias = made.head.weight, made.head.bias
    expected = one @ weight[:, :128].T + other @ weight[:, 128:].T + bias
    torch.testing.assert_close(made(frames), expected)


def test_the_lstm_hears_the_order_of_frames() -> None:
    torch.manual_seed(0)
    made = DualAttention(16, 12, 4).double().eval()
    with torch.no_grad():
        made.head.weight[:, :128] = 0
    frames = torch.randn(2, 16, 12, dtype=torch.double)
    assert (made(frames.flip(1)) - made(frames)).abs().max() > 1e-4
