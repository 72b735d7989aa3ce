"""Convolutional LSTM over one-dimensional maps (Shi et al. 2015; the paper's Eq. 4-11)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

RECURRENT_KERNEL = 3


class ConvLSTM(nn.Module):
    """An LSTM whose products with input and state are convolutions along the map.

    The input is convolved without padding, the state with a kernel of 3 that keeps its length.
    Gates in the order input, forget, output, cell; one bias a gate.
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
        """States (time, batch, length out, filters) of maps (time, batch, length, channels).

        The input is convolved at all times at once, the state by one matrix product a time. A
        sigmoid costs a fourth of a hyperbolic tangent, so that the cell's candidate is taken as
        tanh(x) = 2 sigmoid(2 x) - 1, with the 2 in the kernels.
        """
        times, batch, _, channels = maps.shape
        doubled = maps.new_ones(4 * self.filters)
        doubled[3 * self.filters :] = 2.0
        span = self.stride * (self.length - 1) + 1
        places = range(self.input_kernel.shape[0] // channels)
        windows = torch.cat([maps[:, :, k : k + span : self.stride] for k in places], -1)
        windows = windows.reshape(times * batch * self.length, -1)
        driven = torch.addmm(self.bias * doubled, windows, self.input_kernel * doubled)
        recurrent = self.recurrent_kernel * doubled
        state = maps.new_zeros(batch, self.length, self.filters)
        cell = state.flatten(0, 1)
        states = []
        for now in driven.view(times, batch * self.length, -1).unbind(0):
            padded = functional.pad(state, (0, 0, 1, 1))
            around = torch.cat([padded[:, :-2], state, padded[:, 2:]], -1).flatten(0, 1)
            hidden, cell = self._step(torch.addmm(now, around, recurrent), cell)
            state = hidden.view_as(state)
            states.append(state)
        return torch.stack(states)

    def _step(self, gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """State and cell (batch x length, filters) of gates (batch x length, 4 filters)."""
        if self.peepholes is None:
            into, forget, out, candidate = torch.sigmoid(gates).chunk(4, 1)
            cell = torch.addcmul(forget * cell - into, into, candidate, value=2.0)
            return out * torch.tanh(cell), cell
        to_into, to_forget, to_out = self.peepholes.repeat(1, len(cell) // self.length, 1)
        into, forget, out, candidate = gates.chunk(4, 1)
        into = torch.sigmoid(into + to_into * cell)
        forget = torch.sigmoid(forget + to_forget * cell)
        cell = torch.addcmul(forget * cell - into, into, torch.sigmoid(candidate), value=2.0)
        return torch.sigmoid(out + to_out * cell) * torch.tanh(cell), cell
