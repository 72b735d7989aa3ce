"""MFCC, Gaussian supervector and i-vector, fused by attention (Zeng, Zhu, Wang et al. 2020).

"Multi-feature fusion" of the paper's Tables V and VI: deep features of the first two, as they leave
the bottlenecks of a CNN and of a dense network, beside the shallow i-vector.
"""

import torch
from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least

FILTERS = (64, 64, 128, 128)
POOLED = 2 ** len(FILTERS)  # frames that become one
GSV_HIDDEN = 512
BOTTLENECK = 128  # numbers that stand for each of the three
HIDDEN = 512


class MultiFeatureFusion(nn.Module):
    """Three features to one score per class: each to 128 numbers, weighed against the other two."""

    def __init__(
        self, n_frames: int, n_components: int, n_features: int, n_factors: int, n_classes: int
    ) -> None:
        """Lay out the network for its inputs.

        n_frames: of the MFCC (650 in the paper); n_components: of the supervector (64);
        n_features: of both, since the supervector is of the same MFCC (39); n_factors: numbers of
        the i-vector; n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to pool four times.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(POOLED, n_frames, "frames")
        check_at_least(1, n_components, "components")
        check_at_least(1, n_features, "features")
        check_at_least(1, n_factors, "factors")
        self.mfcc = nn.Sequential(
            _pooled_convolution(n_features, FILTERS[0]),
            _pooled_convolution(FILTERS[0], FILTERS[1]),
            _pooled_convolution(FILTERS[1], FILTERS[2]),
            _pooled_convolution(FILTERS[2], FILTERS[3]),
            nn.Flatten(),
            nn.Linear(FILTERS[3] * (n_frames // POOLED), BOTTLENECK),
            nn.ReLU(),
        )
        self.gsv = nn.Sequential(
            nn.Flatten(),
            nn.Linear(n_components * n_features, GSV_HIDDEN),
            nn.ReLU(),
            nn.Linear(GSV_HIDDEN, BOTTLENECK),
            nn.ReLU(),
        )
        self.ivector = nn.Linear(n_factors, BOTTLENECK)  # to a common width: stays shallow
        self.attention = Attention(BOTTLENECK)
        self.head = nn.Sequential(
            nn.Linear(3 * BOTTLENECK, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, n_classes)
        )

    def forward(self, mfcc: Tensor, gsv: Tensor, ivector: Tensor) -> Tensor:
        """Logits (batch, classes).

        mfcc: (batch, frames, features); gsv: (batch, components, features); ivector: (batch,
        factors)
        """
        deep = [self.mfcc(mfcc.transpose(1, 2)), self.gsv(gsv)]
        features = torch.stack([*deep, self.ivector(ivector)], 1)  # (batch, 3, 128)
        weighed = self.attention(features).unsqueeze(-1) * features
        scores: Tensor = self.head(weighed.flatten(1))  # of (batch, 384)
        return scores


def _pooled_convolution(channels: int, filters: int) -> nn.Sequential:
    """(batch, filters, frames // 2) of (batch, channels, frames).

    Along time alone: over time and coefficients as over a picture takes seven times as long.
    """
    return nn.Sequential(
        nn.Conv1d(channels, filters, 3, padding=1, bias=False),
        nn.MaxPool1d(2),
        nn.BatchNorm1d(filters),
        nn.ReLU(),
    )


class Attention(nn.Module):
    """How much each of some features counts in a sample (additive: Bahdanau et al. 2015)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.seen = nn.Linear(width, width)
        self.score = nn.Linear(width, 1, bias=False)  # a bias is the same for all, and cancels

    def forward(self, features: Tensor) -> Tensor:
        """Weights (batch, n), of sum 1, of (batch, n, width)."""
        scores = self.score(torch.tanh(self.seen(features)))  # (batch, n, 1)
        return torch.softmax(scores.squeeze(-1), -1)


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    (n_frames, n_features), (n_factors,) = shapes["frames"], shapes["ivector"]
    n_components, _ = shapes["gsv"]
    return MultiFeatureFusion(n_frames, n_components, n_features, n_factors, n_classes)
