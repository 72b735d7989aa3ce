"""An autoencoder of supervectors: few numbers from which the many can be made again."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from micfp.models.networks.blocks import check_at_least

HIDDEN = 512
BOTTLENECK = 64  # numbers that are kept of a supervector


class Bottleneck(nn.Module):
    """Supervectors to supervectors through 64 numbers (Hinton and Salakhutdinov 2006).

    The 64 may be negative, and so may what comes out: no ReLU there.
    """

    def __init__(self, n_components: int, n_features: int) -> None:
        """n_components, n_features: of the supervector (64 and 39 in the paper).

        Raises ValueError where there is nothing to see.
        """
        super().__init__()
        check_at_least(1, n_components, "components")
        check_at_least(1, n_features, "features")
        width = n_components * n_features
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, BOTTLENECK)
        )
        self.decoder = nn.Sequential(
            nn.Linear(BOTTLENECK, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, width)
        )

    def forward(self, gsv: Tensor) -> Tensor:
        """Reconstruction (batch, components, features) of (batch, components, features)."""
        made: Tensor = self.decoder(self.encode(gsv))
        return made.view_as(gsv)

    def encode(self, gsv: Tensor) -> Tensor:
        """Bottleneck features (batch, 64) of (batch, components, features)."""
        kept: Tensor = self.encoder(gsv)
        return kept

    def loss(self, inputs: Sequence[Tensor], y: Tensor) -> tuple[Tensor, Tensor]:
        """Mean squared error of the reconstruction, and the reconstruction.

        inputs: the supervectors alone; y: classes, which an autoencoder does not look at
        """
        (gsv,) = inputs
        made = self(gsv)
        return functional.mse_loss(made, gsv), made
