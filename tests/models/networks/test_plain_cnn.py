"""The plain convolutional network: its count, and what it knows of time and bands."""

import torch

from micfp.models.networks.count import parameter_count
from micfp.models.networks.plain_cnn import PlainCnn


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = PlainCnn(128, 64, 45)
    counts = {
        # 3 x 3 kernels without bias; scale, shift and two running statistics a filter
        "maps": 9 * (1 * 16 + 16 * 32 + 32 * 64 + 64 * 128) + 4 * (16 + 32 + 64 + 128),
        # 64 bands are 4 after four times 2 x 2
        "head": (128 * 4 + 1) * 128 + 129 * 45,
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 169_341


def test_hears_at_which_band_but_not_when() -> None:
    """Moved by 16 frames or bands, which become one: far from the ends the same maps, moved."""
    torch.manual_seed(0)
    made = PlainCnn(256, 128, 5).double().eval()
    frames = torch.zeros(1, 256, 128, dtype=torch.double)
    frames[0, 110:120, 60:70] = torch.randn(10, 10)
    with torch.no_grad():
        scores, later, higher = (
            made(one) for one in (frames, frames.roll(16, 1), frames.roll(16, 2))
        )
    torch.testing.assert_close(later, scores, rtol=1e-12, atol=1e-12)
    assert (scores - higher).abs().max() > 1e-4


def test_dropout_leaves_hidden_units_out_while_it_trains_alone() -> None:
    """Of the 128 hidden units half, each with double weight: the mean of many draws is the whole.

    Normalisation of maps in batches is set to what it is of use, so that only the draws differ.
    """
    torch.manual_seed(0)
    made, without = PlainCnn(32, 32, 3, dropout=0.5).double(), PlainCnn(32, 32, 3).double()
    without.load_state_dict(made.state_dict())
    frames = torch.randn(2, 32, 32, dtype=torch.double)
    with torch.no_grad():
        whole = without.eval()(frames)
        torch.testing.assert_close(made.eval()(frames), whole, rtol=0, atol=0)
        made.train()
        made.maps.eval()
        draws = torch.stack([made(frames) for _ in range(4000)])
        without.train()
        without.maps.eval()
        torch.testing.assert_close(without(frames), whole, rtol=0, atol=0)
    assert (draws[0] - draws[1]).abs().max() > 1e-3
    error = draws.std(0) / 4000**0.5
    assert ((draws.mean(0) - whole).abs() < 5 * error).all()
