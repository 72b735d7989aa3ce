"""Convolutional LSTM over one-dimensional maps (Shi et al. 2015; the paper's Eq. 4-9)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

RECURRENT_KERNEL = 3


class ConvLSTM(nn.Module):
    """An LSTM whose products with input and state are convolutions along the map.

    The input is convolved without padding, the state with a kernel of 3 that keeps its length.
    Gates in the order input, forget, cell, output; one bias a gate.
    """

    def __init__(
        self,
        length: int,
        channels: int,
        filters: int,
        kernel: int,
        stride: int,
        peepholes: bool = False,
    ) -> None:
        """length, channels: of the maps that come in; filters: channels of those that go out.

        peepholes: gates see the cell, through a weight for each place of the map (Eq. 6-8); the
        paper's parameter count has none.

        Raises ValueError where the kernel is longer than the map.
        """
        super().__init__()
        if kernel > length:
            raise ValueError(f"a kernel of {kernel} does not fit on a map of {length}")
        self.filters, self.stride = filters, stride
        self.length = (length - kernel) // stride + 1
        self.input_kernel = nn.Parameter(torch.empty(kernel * channels, 4 * filters))
        self.recurrent_kernel = nn.Parameter(torch.empty(RECURRENT_KERNEL * filters, 4 * filters))
        self.bias = nn.Parameter(torch.zeros(4 * filters))
        self.peepholes = nn.Parameter(torch.zeros(3, self.length, filters)) if peepholes else None
        nn.init.xavier_uniform_(self.input_kernel)
        nn.init.orthogonal_(self.recurrent_kernel)
        with torch.no_grad():
            self.bias[filters : 2 * filters] = 1.0  # remember at first (Jozefowicz et al. 2015)

    def forward(self, maps: Tensor) -> Tensor:
        """States (batch, time, length out, filters) of maps (batch, time, length, channels).

        The input's convolutions of all times are one matrix product, and the state's a product a
        time with channels last: the same sums as a convolution a time (`plain`).
        """
        kernel = self.input_kernel.shape[0] // maps.shape[-1]
        windows = maps.unfold(2, kernel, self.stride).transpose(-1, -2).flatten(-2)
        driven = (windows @ self.input_kernel + self.bias).unbind(1)
        state = cell = maps.new_zeros(maps.shape[0], self.length, self.filters)
        states = []
        for now in driven:
            padded = functional.pad(state, (0, 0, 1, 1))
            around = torch.cat([padded[:, :-2], state, padded[:, 2:]], -1)
            state, cell = self._step(now + around @ self.recurrent_kernel, cell)
            states.append(state)
        return torch.stack(states, 1)

    def plain(self, maps: Tensor) -> Tensor:
        """What `forward` gives, by a convolution of input and of state a time: its reference."""
        channels = maps.shape[-1]
        own = self.input_kernel.view(-1, channels, 4 * self.filters).permute(2, 1, 0)
        recurrent = self.recurrent_kernel.view(RECURRENT_KERNEL, self.filters, -1).permute(2, 1, 0)
        state = cell = maps.new_zeros(maps.shape[0], self.length, self.filters)
        states = []
        for now in maps.unbind(1):
            driven = functional.conv1d(now.transpose(1, 2), own, self.bias, stride=self.stride)
            driven = driven + functional.conv1d(state.transpose(1, 2), recurrent, padding="same")
            state, cell = self._step(driven.transpose(1, 2), cell)
            states.append(state)
        return torch.stack(states, 1)

    def _step(self, gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        into, forget, candidate, out = gates.chunk(4, -1)
        if self.peepholes is not None:
            into, forget = into + self.peepholes[0] * cell, forget + self.peepholes[1] * cell
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(into) * torch.tanh(candidate)
        if self.peepholes is not None:
            out = out + self.peepholes[2] * cell
        return torch.sigmoid(out) * torch.tanh(cell), cell
