"""Temporal convolutions on MFCC beside a CNN on supervectors, with three attentions.

"Multi-attention" of the paper's Tables V and VI, after Zeng, Feng, Zhu and Wang (2023): attention
over frames, over places of the supervector, and over the two branches.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least

BLOCKS = ((6, 5, 1), (16, 5, 2), (40, 3, 4))  # filters, kernel, dilation
SPAN = max((kernel - 1) * dilation + 1 for _, kernel, dilation in BLOCKS)  # frames under a kernel
SPATIAL_FILTERS = (24, 48)
ATTENTION_FILTERS, ATTENTION_PLACES = (16, 32), (7, 4)  # at most so many rows and columns
HIDDEN = 1024
DROPOUT = 0.5
LOSS_WEIGHTS = (1.0, 2.0, 1.0)  # temporal branch, both, spatial branch


class MultiAttention(nn.Module):
    """MFCC and supervector to one score per class.

    Each branch has scores of its own, which are for training alone: so neither leaves the work to
    the other.
    """

    def __init__(self, n_frames: int, n_components: int, n_features: int, n_classes: int) -> None:
        """Lay out the network for its inputs.

        n_frames: of the MFCC (650 in the paper); n_components: of the supervector (64);
        n_features: of both, since the supervector is of the same MFCC (39); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or a kernel finds no room.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(SPAN, n_frames, "frames")
        check_at_least(1, n_components, "components")
        check_at_least(1, n_features, "features")
        places = n_components * n_features
        self.frame_weights = Weights(n_frames, n_features, n_frames)
        self.place_weights = Weights(n_components, n_features, places)
        self.convolutions = nn.Sequential()
        width = n_features
        for filters, kernel, dilation in BLOCKS:
            self.convolutions.append(ResidualDense(width, filters, kernel, dilation))
            width = filters
        self.temporal = nn.Sequential(nn.Flatten(), *_dense(n_frames * width))
        first, second = SPATIAL_FILTERS
        rows, columns = _ceil(n_components, 4), _ceil(n_features, 4)
        self.spatial = nn.Sequential(
            *_halving_convolutions(first, second),
            nn.Flatten(),
            nn.Linear(second * rows * columns, HIDDEN),
            nn.ReLU(),
            *_dense(HIDDEN),
        )
        self.branches = nn.Linear(2 * HIDDEN, 2)
        self.fused = nn.Sequential(nn.Linear(2 * HIDDEN, HIDDEN), nn.ReLU())
        self.heads = nn.ModuleList([nn.Linear(HIDDEN, n_classes) for _ in LOSS_WEIGHTS])

    def forward(self, mfcc: Tensor, gsv: Tensor) -> Tensor:
        """Logits (batch, classes) of both branches, which decide.

        mfcc: (batch, frames, features); gsv: (batch, components, features)
        """
        return self.scores(mfcc, gsv)[1]

    def scores(self, mfcc: Tensor, gsv: Tensor) -> list[Tensor]:
        """Logits (batch, classes) of the temporal branch, of both, and of the spatial branch."""
        frames = mfcc * self.frame_weights(mfcc).unsqueeze(-1)
        maps = gsv * self.place_weights(gsv).view_as(gsv)
        temporal = self.temporal(self.convolutions(frames.transpose(1, 2)))  # (batch, 1024)
        spatial = self.spatial(maps.unsqueeze(1))  # (batch, 1024)
        both = torch.stack([temporal, spatial], 1)  # (batch, 2, 1024)
        both = self.branch_weights(both).unsqueeze(-1) * both
        fused = self.fused(both.flatten(1))
        seen = (temporal, fused, spatial)
        return [head(one) for head, one in zip(self.heads, seen, strict=True)]

    def branch_weights(self, both: Tensor) -> Tensor:
        """Weights (batch, 2), of sum 1, of the branches (batch, 2, 1024)."""
        return torch.softmax(self.branches(both.flatten(1)), -1)

    def loss(self, inputs: Sequence[Tensor], y: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sum of the three cross-entropies, and the logits that decide.

        inputs: mfcc and gsv; y: (batch,), number of the class
        """
        mfcc, gsv = inputs
        scores = self.scores(mfcc, gsv)
        losses = torch.stack([functional.cross_entropy(one, y) for one in scores])
        return losses @ losses.new_tensor(LOSS_WEIGHTS), scores[1]


def _ceil(n: int, of: int) -> int:
    return -(-n // of)


def _dense(width: int) -> tuple[nn.Module, ...]:
    """Layers to (batch, 1024) of (batch, width)."""
    return nn.Linear(width, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT)


def _halving_convolutions(first: int, second: int) -> tuple[nn.Module, ...]:
    """Layers of (batch, 1, rows, columns) to (batch, second, rows / 4, columns / 4), rounded up."""
    return (
        nn.Conv2d(1, first, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(first, second, 3, stride=2, padding=1),
        nn.ReLU(),
    )


class ResidualDense(nn.Module):
    """Three dilated convolutions along time, each of which is also added to what leaves the block.

    As many frames leave as come in: outside there are zeros.
    """

    def __init__(self, channels: int, filters: int, kernel: int, dilation: int) -> None:
        super().__init__()
        # As wide as padding="same", which ONNX Runtime does not have for dilated kernels.
        outside = dilation * (kernel - 1) // 2
        self.convolutions = nn.ModuleList(
            nn.Conv1d(n, filters, kernel, padding=outside, dilation=dilation)
            for n in (channels, filters, filters)
        )
        self.shortcut = nn.Conv1d(channels, filters, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """(batch, filters, frames) of (batch, channels, frames)."""
        total = self.shortcut(frames)
        for convolution in self.convolutions:
            frames = torch.relu(convolution(frames))
            total = total + frames
        return torch.relu(total)


class Weights(nn.Module):
    """A weight between 0 and 1 for each of n frames or places, from the map that they are of."""

    def __init__(self, rows: int, columns: int, n: int) -> None:
        super().__init__()
        sides = [_ceil(side, 4) for side in (rows, columns)]
        window = [_ceil(side, most) for side, most in zip(sides, ATTENTION_PLACES, strict=True)]
        n_places = _ceil(sides[0], window[0]) * _ceil(sides[1], window[1])
        self.layers = nn.Sequential(
            *_halving_convolutions(*ATTENTION_FILTERS),
            nn.MaxPool2d((window[0], window[1]), ceil_mode=True),
            nn.Flatten(),
            nn.Linear(ATTENTION_FILTERS[1] * n_places, n),
            nn.Sigmoid(),
        )

    def forward(self, maps: Tensor) -> Tensor:
        """(batch, n) of (batch, rows, columns)."""
        weights: Tensor = self.layers(maps.unsqueeze(1))
        return weights


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    (n_frames, n_features), (n_components, _) = shapes["frames"], shapes["gsv"]
    return MultiAttention(n_frames, n_components, n_features, n_classes)
