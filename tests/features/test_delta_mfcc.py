"""Slopes where librosa refuses: fewer frames than the width."""

import numpy as np
import pytest

from micfp.features.delta_mfcc import slopes


@pytest.mark.parametrize("n_frames", [3, 4, 8])
def test_a_short_ramp_has_its_slope_everywhere(n_frames: int) -> None:
    ramp = np.outer(np.arange(n_frames), [2.0, -0.5]).astype(np.float32)
    np.testing.assert_allclose(slopes(ramp, 9), np.tile([2.0, -0.5], (n_frames, 1)), rtol=1e-6)


def test_four_frames_use_three() -> None:
    # Around frame 1: (5 - 0) / 2 = 2.5; around frame 2: (1 - 3) / 2 = -1; the ends repeat them.
    values = np.array([[0.0], [3.0], [5.0], [1.0]], np.float32)
    assert slopes(values, 9)[:, 0].tolist() == [2.5, 2.5, -1.0, -1.0]


@pytest.mark.parametrize("n_frames", [1, 2])
def test_fewer_than_three_frames_have_none(n_frames: int) -> None:
    assert np.isnan(slopes(np.ones((n_frames, 2), np.float32), 9)).all()
