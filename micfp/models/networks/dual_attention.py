"""Convolutions and an LSTM behind them, each pooled over time by an attention of its own.

Zeng, Zhao and Wang 2024, II-C: "Naini et al. amalgamated CNN and Long Short-Term Memory (LSTM)
networks, presenting a dual attention pooling network within the CNN-LSTM framework. Experimental
results demonstrated the efficacy of this strategy in amalgamating the distinct advantages of the
two networks". After Naini, Singhal and Ghosh 2022, "Dual attention pooling network for recording
device classification using neutral and whispered speech". Numbers of layers and filters are ours,
and so is how the two are put together: side by side.
"""

import torch
from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least, pooled_along

FILTERS = 128
KERNEL = 5
POOLED = 4  # frames that become one
UNITS = 64  # of the LSTM in a direction
ATTENTION = 64


class DualAttention(nn.Module):
    """Frames to one score per class."""

    def __init__(self, n_frames: int, n_features: int, n_classes: int) -> None:
        """n_frames, n_features: of a sample (features are mel bands); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to pool twice.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_frames, "frames")
        check_at_least(1, n_features, "bands")
        self.convolutions = nn.Sequential(
            pooled_along(n_features, FILTERS, KERNEL), pooled_along(FILTERS, FILTERS, KERNEL)
        )
        self.lstm = nn.LSTM(FILTERS, UNITS, batch_first=True, bidirectional=True)
        self.of_convolutions = AttentionPooling(FILTERS)
        self.of_states = AttentionPooling(2 * UNITS)
        self.head = nn.Linear(FILTERS + 2 * UNITS, n_classes)

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, bands)."""
        seen = self.convolutions(frames.transpose(1, 2)).transpose(1, 2)
        states, _ = self.lstm(seen)  # both (batch, frames // 4, 128)
        both = torch.cat([self.of_convolutions(seen), self.of_states(states)], 1)
        scores: Tensor = self.head(both)
        return scores


class AttentionPooling(nn.Module):
    """The mean over time with learned weights (Okabe, Koshinaka and Shinoda 2018, without spread).

    The weights are softmax over time of v . tanh(W x + b).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scores = nn.Sequential(
            nn.Linear(width, ATTENTION), nn.Tanh(), nn.Linear(ATTENTION, 1, bias=False)
        )

    def forward(self, steps: Tensor) -> Tensor:
        """(batch, width) of (batch, steps, width)."""
        weights = torch.softmax(self.scores(steps), 1)
        return (weights * steps).sum(1)


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_frames, n_features = shapes["frames"]
    return DualAttention(n_frames, n_features, n_classes)
