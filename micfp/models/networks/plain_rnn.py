"""A plain recurrent network over log-mel frames."""

from torch import Tensor, nn

from micfp.models.method_config import MethodConfig, Shapes
from micfp.models.networks.blocks import check_at_least

HIDDEN = 128  # in a direction


class PlainRnn(nn.Module):
    """Frames to one score per class: gated units in both directions, averaged over time."""

    def __init__(self, n_frames: int, n_features: int, n_classes: int) -> None:
        """n_frames, n_features: of a sample (features are mel bands); n_classes: devices.

        Raises ValueError where there is nothing to tell apart, or to see.
        """
        super().__init__()
        check_at_least(2, n_classes, "classes")
        check_at_least(1, n_frames, "frames")
        check_at_least(1, n_features, "bands")
        self.gru = nn.GRU(n_features, HIDDEN, batch_first=True, bidirectional=True)
        self.head = nn.Linear(2 * HIDDEN, n_classes)

    def forward(self, frames: Tensor) -> Tensor:
        """Logits (batch, classes) of (batch, frames, bands)."""
        states, _ = self.gru(frames)  # (batch, frames, 256)
        scores: Tensor = self.head(states.mean(1))
        return scores


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """The untrained network of a method; its weights come from torch's generator."""
    n_frames, n_features = shapes["frames"]
    return PlainRnn(n_frames, n_features, n_classes)
