"""The autoencoder of supervectors: count, what goes through the bottleneck, loss by hand."""

import numpy as np
import pytest
import torch

from micfp.models.networks.bottleneck import Bottleneck
from micfp.models.networks.count import parameter_count


def network() -> tuple[Bottleneck, torch.Tensor]:
    torch.manual_seed(0)
    return Bottleneck(8, 5), torch.randn(6, 8, 5)


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = Bottleneck(64, 39)
    counts = {
        "encoder": (64 * 39 + 1) * 512 + 513 * 64,
        "decoder": 65 * 512 + 513 * 64 * 39,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts


def test_only_the_64_numbers_pass() -> None:
    made, gsv = network()
    kept = made.encode(gsv)
    assert kept.shape == (6, 64)
    assert kept.min() < 0 < kept.max()
    found = made(gsv)
    assert found.shape == gsv.shape
    assert found.min() < 0 < found.max()
    assert torch.equal(made.decoder(kept).view(6, 8, 5), found)


def test_loss_by_hand() -> None:
    made, gsv = network()
    loss, found = made.loss([gsv], torch.zeros(6, dtype=torch.long))
    expected = np.mean(
        [
            (a - b) ** 2
            for a, b in zip(found.flatten().tolist(), gsv.flatten().tolist(), strict=True)
        ]
    )
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    assert torch.equal(found, made(gsv))
    other, _ = made.loss([gsv], torch.ones(6, dtype=torch.long))
    assert torch.equal(other, loss)
