"""Inception modules with shortcuts: their count, a module by hand, bands and time."""

import torch
from torch.nn import functional

from micfp.models.networks.count import parameter_count
from micfp.models.networks.residual_inception import Inception, ResidualInception


def of_module(channels: int, filters: int) -> int:
    """Numbers of a module: its quarters, four numbers a filter, and the shortcut."""
    q = filters // 4
    behind = (channels + 1) * q  # the 1 x 1 before a wider kernel
    branches = channels * q + (behind + 9 * q * q) + (behind + 25 * q * q) + channels * q
    return branches + 4 * filters + (channels + 1) * filters


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        made = ResidualInception(128, 128, 45)
    stem = 9 * 8 + 4 * 8
    counts = {
        "maps": stem + of_module(8, 16) + of_module(16, 32) + of_module(32, 64),
        "head": (64 * 8 + 1) * 45,  # 128 bands are 8 after four times 2 x 2
    }
    assert {name: parameter_count(part) for name, part in made.named_children()} == counts
    assert parameter_count(made) == 40_605


def test_a_module_by_hand() -> None:
    torch.manual_seed(0)
    made = Inception(3, 8).double().eval()
    maps = torch.randn(2, 3, 6, 7, dtype=torch.double)
    one, three, five, pooled = made.branches
    conv = functional.conv2d
    parts = [conv(maps, one.weight)]
    for branch, outside in ((three, 1), (five, 2)):
        first = torch.relu(conv(maps, branch[0].weight, branch[0].bias))
        parts.append(conv(first, branch[2].weight, padding=outside))
    parts.append(conv(functional.max_pool2d(maps, 3, 1, 1), pooled[1].weight))
    normalised = torch.cat(parts, 1) / (1 + made.normalise.eps) ** 0.5
    shortcut = conv(maps, made.shortcut.weight, made.shortcut.bias)
    torch.testing.assert_close(made(maps), torch.relu(normalised + shortcut))


def test_the_shortcut_is_there_without_the_branches() -> None:
    torch.manual_seed(0)
    made = Inception(3, 8).double().eval()
    maps = torch.randn(2, 3, 4, 4, dtype=torch.double)
    with torch.no_grad():
        made.normalise.weight.zero_()
        torch.testing.assert_close(made(maps), torch.relu(made.shortcut(maps)))


def test_hears_at_which_band_but_not_when() -> None:
    """Moved by 16 frames or bands, which become one: far from the ends the same maps, moved."""
    torch.manual_seed(0)
    made = ResidualInception(512, 256, 5).double().eval()
    frames = torch.zeros(1, 512, 256, dtype=torch.double)
    frames[0, 240:250, 120:130] = torch.randn(10, 10)
    with torch.no_grad():
        scores, later, higher = (
            made(one) for one in (frames, frames.roll(16, 1), frames.roll(16, 2))
        )
    torch.testing.assert_close(later, scores, rtol=1e-9, atol=1e-9)
    assert (scores - higher).abs().max() > 1e-5
