"""The CNN along the mean spectrum: its count, its sums in numpy, and what it knows of frames."""

import numpy as np
import torch

from micfp.models.networks.count import parameter_count
from micfp.models.networks.spectrum_cnn import SpectrumCnn


def test_counts_layer_by_layer() -> None:
    with torch.device("meta"):
        dft, bed = SpectrumCnn(128, 45), SpectrumCnn(127, 45)
    counts = {
        # kernels of 5 without bias; scale, shift and two running statistics a filter
        "maps": 5 * (1 * 16 + 16 * 32 + 32 * 64) + 4 * (16 + 32 + 64),
        # 128 points are 16 after three times 2
        "head": (64 * 16 + 1) * 128 + 129 * 45,
    }
    assert {name: parameter_count(part) for name, part in dft.named_children()} == counts
    assert parameter_count(dft) == 150_333
    # 127 differences are 15
    assert parameter_count(dft) - parameter_count(bed) == 64 * 128


def test_scores_by_hand() -> None:
    """Correlations by numpy, the larger of each two, running statistics of 0 and 1."""
    torch.manual_seed(0)
    made = SpectrumCnn(19, 3).double().eval()
    frames = torch.randn(2, 7, 19, dtype=torch.double)
    maps = frames.numpy().mean(axis=1)[:, None]
    for layers in made.maps:
        kernels = layers[0].weight.detach().numpy()
        padded = np.pad(maps, ((0, 0), (0, 0), (2, 2)))
        correlated = np.array(
            [
                [sum(np.correlate(c, k) for c, k in zip(one, own, strict=True)) for own in kernels]
                for one in padded
            ]
        )
        even = correlated[..., : correlated.shape[2] // 2 * 2]
        pooled = even.reshape(*even.shape[:2], -1, 2).max(axis=3)
        maps = np.maximum(pooled / np.sqrt(1 + layers[2].eps), 0)
    hidden, _, last = made.head
    flat = torch.from_numpy(maps.reshape(2, -1))
    expected = torch.relu(flat @ hidden.weight.T + hidden.bias) @ last.weight.T + last.bias
    torch.testing.assert_close(made(frames), expected, rtol=1e-10, atol=1e-12)


def test_the_order_of_frames_says_nothing() -> None:
    torch.manual_seed(0)
    made = SpectrumCnn(32, 4).double().eval()
    frames = torch.randn(2, 9, 32, dtype=torch.double)
    torch.testing.assert_close(made(frames.flip(1)), made(frames), rtol=1e-12, atol=1e-12)
    assert (made(frames.flip(2)) - made(frames)).abs().max() > 1e-3
