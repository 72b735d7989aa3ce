"""The convolutional LSTM: counts, and the fast form against the equations."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from micfp.models.networks.convlstm import ConvLSTM


def layer(seed: int = 0, **changed: int | bool) -> ConvLSTM:
    torch.manual_seed(seed)
    made = ConvLSTM(
        **({"length": 20, "channels": 3, "filters": 5, "kernel": 3, "stride": 2} | changed)
    )
    for value in made.parameters():
        torch.nn.init.normal_(value, std=0.3)
    return made.double()


@pytest.mark.parametrize(
    ("shape", "length", "count"),
    [
        # kernel 3 x 1 channel and 3 x 64 states to 4 x 64 gates, and their bias
        ((73, 1, 64, 3, 3, False), 24, 3 * 1 * 256 + 3 * 64 * 256 + 256),
        ((24, 64, 32, 3, 2, False), 11, 3 * 64 * 128 + 3 * 32 * 128 + 128),
        # three peepholes for each place of a map
        ((73, 1, 64, 3, 3, True), 24, 50_176 + 3 * 24 * 64),
        ((24, 64, 32, 3, 2, True), 11, 36_992 + 3 * 11 * 32),
    ],
)
def test_counts_of_the_papers_layers(shape: tuple[int, ...], length: int, count: int) -> None:
    made = ConvLSTM(*shape)
    assert made.length == length
    assert sum(value.numel() for value in made.parameters()) == count


def plain(made: ConvLSTM, maps: torch.Tensor) -> torch.Tensor:
    """The layer as its equations are written: two convolutions and six functions a time."""
    n, channels = made.filters, maps.shape[-1]
    own = made.input_kernel.view(-1, channels, 4 * n).permute(2, 1, 0)
    recurrent = made.recurrent_kernel.view(3, n, 4 * n).permute(2, 1, 0)
    state = cell = maps.new_zeros(maps.shape[1], n, made.length)
    states = []
    for now in maps:
        gates = functional.conv1d(now.transpose(1, 2), own, made.bias, made.stride)
        gates = gates + functional.conv1d(state, recurrent, padding=1)
        into, forget, out, candidate = gates.split(n, 1)
        w = torch.zeros(3, 1, 1) if made.peepholes is None else made.peepholes.transpose(1, 2)
        before = cell
        cell = torch.sigmoid(forget + w[1] * before) * before
        cell = cell + torch.sigmoid(into + w[0] * before) * torch.tanh(candidate)
        state = torch.sigmoid(out + w[2] * cell) * torch.tanh(cell)
        states.append(state.transpose(1, 2))
    return torch.stack(states)


@pytest.mark.parametrize("peepholes", [False, True])
@pytest.mark.parametrize(("kernel", "stride"), [(3, 3), (3, 2), (5, 1), (20, 7)])
def test_fast_form_equals_the_equations(kernel: int, stride: int, peepholes: bool) -> None:
    made = layer(kernel=kernel, stride=stride, peepholes=peepholes)
    maps = torch.randn(7, 4, 20, 3, dtype=torch.double, requires_grad=True)
    weight = torch.randn(7, 4, made.length, 5, dtype=torch.double)
    fast, slow = (
        [states, *torch.autograd.grad((states * weight).sum(), [maps, *made.parameters()])]
        for states in (made(maps), plain(made, maps))
    )
    for one, other in zip(fast, slow, strict=True):
        assert (one - other).abs().max() <= 1e-10 * other.abs().max()


def test_a_map_of_one_place_is_an_lstm() -> None:
    """Of a map as long as the kernel one place is left, and the state has no neighbours."""
    made = layer(length=3, kernel=3, stride=1)
    lstm = torch.nn.LSTM(9, 5).double()

    def in_order_of_torch(weight: torch.Tensor) -> torch.Tensor:
        into, forget, out, candidate = weight.split(5)
        return torch.cat([into, forget, candidate, out])

    with torch.no_grad():
        lstm.weight_ih_l0.copy_(in_order_of_torch(made.input_kernel.T))
        lstm.weight_hh_l0.copy_(in_order_of_torch(made.recurrent_kernel[5:10].T))  # the middle one
        lstm.bias_ih_l0.copy_(in_order_of_torch(made.bias))
        lstm.bias_hh_l0.zero_()
    maps = torch.randn(6, 2, 3, 3, dtype=torch.double)
    expected, _ = lstm(maps.flatten(2))
    torch.testing.assert_close(made(maps).squeeze(2), expected, rtol=1e-12, atol=1e-12)


def test_peepholes_by_hand() -> None:
    """One place, one channel, one filter, two times; every weight 0.5, bias 0 (Eq. 4-9)."""
    made = ConvLSTM(1, 1, 1, 1, 1, peepholes=True).double()
    for value in made.parameters():
        torch.nn.init.constant_(value, 0.5)
    torch.nn.init.zeros_(made.bias)
    x, h, c = 1.0, 0.0, 0.0
    expected = []
    for _ in range(2):
        gate = 0.5 * x + 0.5 * h
        before = c
        c = _sigmoid(gate + 0.5 * before) * before + _sigmoid(gate + 0.5 * before) * np.tanh(gate)
        h = _sigmoid(gate + 0.5 * c) * np.tanh(c)
        expected.append(h)
    found = made(torch.ones(2, 1, 1, 1, dtype=torch.double)).flatten()
    assert found.tolist() == pytest.approx(expected, rel=1e-12)


def _sigmoid(x: float) -> float:
    return 1 / (1 + float(np.exp(-x)))


def test_a_kernel_longer_than_the_map() -> None:
    with pytest.raises(ValueError, match="a kernel of 5 does not fit on a map of 4"):
        ConvLSTM(4, 1, 8, 5, 1)
