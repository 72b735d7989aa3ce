"""The network of Zeng, Zhao and Wang (2024): ConvLSTM, BiLSTM and Transformer, one after the other.

Each of the three blocks may be left out, as in the paper's ablations (Tables VII and VIII).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.convlstm import ConvLSTM

HEADS, HEAD_WIDTH = 8, 64
FEED_FORWARD = 128
KERNEL = 3
FIRST_STRIDE, SECOND_STRIDE = 3, 2


@dataclass(frozen=True)
class CrossScaleShape:
    """What goes in, what comes out, and which blocks are between them.

    n_frames, n_features: of a sample (128 and 73 in the paper); n_classes: devices; filters: of the
    two ConvLSTM layers; units: of the BiLSTM in a direction, and of the layer before the classes
    """

    n_frames: int
    n_features: int
    n_classes: int
    convlstm: bool = True
    bilstm: bool = True
    transformer: bool = True
    peepholes: bool = False
    filters: tuple[int, int] = (64, 32)
    units: int = 128


class CrossScale(nn.Module):
    """Frames to one score per class.

    The first block sees a frame's features as a map, frame after frame; the second sums up the
    frames in 2 x units numbers (256); the third lets these see each other. Where the second is left
    out a dense layer takes its place, since the third, and the classes, take as many numbers.
    """

    def __init__(self, shape: CrossScaleShape) -> None:
        """Raises ValueError where there is nothing to tell apart, or a kernel finds no room."""
        super().__init__()
        if shape.n_classes < 2:
            raise ValueError(f"{shape.n_classes} classes: there must be two or more")
        if shape.n_frames < 1:
            raise ValueError(f"{shape.n_frames} frames: there must be one or more")
        self.maps: nn.Module = nn.Identity()
        width, units = shape.n_features, shape.units
        if shape.convlstm:
            self.maps = Maps(shape.n_features, shape.filters, shape.peepholes)
            width = self.maps.width
        self.frames: nn.Module
        if shape.bilstm:
            self.frames = LastStates(width, units)
        else:
            self.frames = nn.Sequential(nn.Flatten(), nn.Linear(shape.n_frames * width, 2 * units))
        self.whole: nn.Module = nn.Identity()
        if shape.transformer:
            self.whole = nn.Sequential(Positions(2 * units), Encoder(2 * units), Encoder(2 * units))
        self.head = nn.Sequential(
            nn.Linear(2 * units, units), nn.ReLU(), nn.Linear(units, shape.n_classes)
        )

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, features)."""
        scores: Tensor = self.head(self.features(frames))
        return scores

    def features(self, frames: Tensor) -> Tensor:
        """What stands for a sample, (batch, 2 x units), of (batch, frames, features)."""
        numbers: Tensor = self.whole(self.frames(self.maps(frames)))
        return numbers


class Maps(nn.Module):
    """Two ConvLSTM layers along the features of a frame, each with batch normalisation."""

    def __init__(self, n_features: int, filters: tuple[int, int], peepholes: bool) -> None:
        super().__init__()
        first, second = filters
        self.first = ConvLSTM(n_features, 1, first, KERNEL, FIRST_STRIDE, peepholes)
        self.second = ConvLSTM(self.first.length, first, second, KERNEL, SECOND_STRIDE, peepholes)
        self.first_norm = nn.BatchNorm1d(first)
        self.second_norm = nn.BatchNorm1d(second)
        self.width = self.second.length * second

    def forward(self, frames: Tensor) -> Tensor:
        """(batch, frames, width) of (batch, frames, features)."""
        maps = frames.transpose(0, 1).unsqueeze(-1)  # (frames, batch, features, 1)
        maps = _normalised(self.first(maps), self.first_norm)
        return _normalised(self.second(maps), self.second_norm).transpose(0, 1).flatten(2)


def _normalised(maps: Tensor, norm: nn.Module) -> Tensor:
    """Batch normalisation of maps (frames, batch, length, channels) over all but the channels."""
    normalised: Tensor = norm(maps.flatten(0, 2))
    return normalised.view_as(maps)


class LastStates(nn.Module):
    """BiLSTM of which the last state in each direction is kept."""

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, units, batch_first=True, bidirectional=True)
        # torch has two biases a gate that only count together: one of them stays at zero.
        for name, value in self.lstm.named_parameters():
            if name.startswith("bias_hh"):
                nn.init.zeros_(value)
                value.requires_grad_(False)

    def forward(self, frames: Tensor) -> Tensor:
        """(batch, 2 x units) of (batch, frames, width)."""
        _, (last, _) = self.lstm(frames)
        return torch.cat([last[0], last[1]], -1)


class Positions(nn.Module):
    """Adds to each of n numbers a sine or cosine of its position (Vaswani et al. 2017, width 1)."""

    signal: Tensor

    def __init__(self, n: int) -> None:
        super().__init__()
        self.register_buffer("signal", torch.sin(torch.arange(n)), persistent=False)

    def forward(self, numbers: Tensor) -> Tensor:
        """(batch, n) of (batch, n)."""
        return numbers + self.signal


class Encoder(nn.Module):
    """Transformer encoder over n tokens that are one number wide.

    Normalised over all n numbers (Eq. 15-16): over a token's own width of one, the result would not
    depend on what comes in.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.project_in = nn.Linear(1, 3 * HEADS * HEAD_WIDTH)
        self.project_out = nn.Linear(HEADS * HEAD_WIDTH, 1)
        widen, narrow = nn.Linear(1, FEED_FORWARD), nn.Linear(FEED_FORWARD, 1)
        self.feed_forward = nn.Sequential(widen, nn.ReLU(), narrow)
        self.attention_norm = nn.LayerNorm(n)
        self.feed_forward_norm = nn.LayerNorm(n)
        # With torch's own biases a tenth of the hidden units is off for every input of width one.
        for layer in (self.project_in, self.project_out, widen, narrow):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, numbers: Tensor) -> Tensor:
        """(batch, n) of (batch, n)."""
        numbers = self.attention_norm(numbers + self.attention(numbers))
        changed = self.feed_forward(numbers.unsqueeze(-1)).squeeze(-1)
        normalised: Tensor = self.feed_forward_norm(numbers + changed)
        return normalised

    def attention(self, numbers: Tensor) -> Tensor:
        """(batch, n) of (batch, n): heads of 64, computed as heads of one.

        Of a token x, query, key and value are a x + b, c x + d and e x + f, with vectors a to f a
        head. Softmax over the tokens y of (a x + b) (c y + d) / 8 takes no note of what is the same
        for all y: it is that of (a c / 8 x + b c / 8) y. The values' mean is e times the mean of y,
        and f. So the vectors enter by four products a head, and not a token: the same numbers, in
        a sixth of the time.
        """
        (a, c, e), (b, _, f) = (
            value.view(3, HEADS, HEAD_WIDTH)
            for value in (self.project_in.weight, self.project_in.bias)
        )
        out = self.project_out.weight.view(HEADS, HEAD_WIDTH)
        scale = HEAD_WIDTH**-0.5
        slope, offset = scale * (a * c).sum(-1), scale * (b * c).sum(-1)
        query = numbers.unsqueeze(1) * slope[:, None] + offset[:, None]  # (batch, heads, n)
        tokens = numbers[:, None, :, None].expand(-1, HEADS, -1, -1)
        heard = functional.scaled_dot_product_attention(
            query.unsqueeze(-1), tokens, tokens, scale=1.0
        ).squeeze(-1)
        of_heads = ((e * out).sum(-1)[:, None] * heard).sum(1)
        attended: Tensor = of_heads + (f * out).sum() + self.project_out.bias
        return attended


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_frames, n_features = shapes["frames"]
    shape = CrossScaleShape(
        n_frames,
        n_features,
        n_classes,
        convlstm="convlstm" in method.blocks,
        bilstm="bilstm" in method.blocks,
        transformer="transformer" in method.blocks,
        peepholes=method.peepholes,
        filters=method.filters,
        units=method.units,
    )
    return CrossScale(shape)
