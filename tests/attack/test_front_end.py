"""The front end that has a gradient: the frames of the other one."""

import numpy as np
import pytest
import torch

from micfp.attack.front_end import LogMel
from micfp.errors import MicfpError
from micfp.features.frames import FrameSet, frame_matrix

SETTINGS = FrameSet(family="log_mel", n_mels=64, n_frames=40)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100])
@pytest.mark.parametrize("changed", [{}, {"fixed_by": "cut", "hop_s": 0.015}, {"pre_emphasis": 0}])
def test_the_frames_are_the_same(rate_hz: int, changed: dict[str, object]) -> None:
    settings = FrameSet.model_validate(SETTINGS.model_dump() | changed)
    rng = np.random.default_rng(0)
    samples = (0.1 * rng.standard_normal((3, rate_hz))).astype(np.float32)
    found = LogMel(rate_hz, rate_hz, settings)(torch.from_numpy(samples)).numpy()
    expected = np.stack([frame_matrix(one, rate_hz, settings) for one in samples])
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_every_sample_has_its_gradient() -> None:
    samples = torch.randn(1, 800, dtype=torch.float64, requires_grad=True)
    front_end = LogMel(800, 8000, FrameSet(family="log_mel", n_mels=13, n_frames=5)).double()
    weights = torch.randn(5, 13, dtype=torch.float64)
    loss = (front_end(samples) * weights).sum()
    (gradient,) = torch.autograd.grad(loss, samples)
    for number in (0, 1, 399, 798, 799):
        step = torch.zeros_like(samples)
        step[0, number] = 1e-6
        with torch.no_grad():
            up, down = ((front_end(samples + s * step) * weights).sum() for s in (1.0, -1.0))
        assert gradient[0, number].item() == pytest.approx(((up - down) / 2e-6).item(), rel=1e-4)


def test_other_frames_are_refused() -> None:
    with pytest.raises(MicfpError, match="its frame set is timing_tandem at native"):
        LogMel(8000, 8000, FrameSet(family="timing_tandem"))
    with pytest.raises(MicfpError, match="log_mel at 16000"):
        LogMel(8000, 8000, FrameSet(family="log_mel", rate_hz=16000))


def test_the_waveform_as_a_frame_set() -> None:
    samples = np.arange(100, dtype=np.float32) / 100
    settings = FrameSet(family="waveform", n_frames=80)
    np.testing.assert_array_equal(frame_matrix(samples, 8000, settings)[:, 0], samples[:80])
    with pytest.raises(MicfpError, match="79 samples, and 80 are wanted"):
        frame_matrix(samples[:79], 8000, settings)
