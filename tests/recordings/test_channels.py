"""Channels that are dead or cancel each other, against what was put in."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from micfp.config.audio import CheckConfig
from micfp.recordings.quality.channels import ChannelLevels
from micfp.recordings.quality.measuring import Quality, measure, quality_row
from micfp.recordings.quality.table import flags

RATE = 16_000
RNG = np.random.default_rng(0)
A, B = 0.1 * RNG.standard_normal((2, 3 * RATE))


def measured(tmp_path: Path, *channels: np.ndarray) -> Quality:
    sf.write(tmp_path / "a.wav", np.stack(channels, axis=1), RATE, "FLOAT")
    return measure(tmp_path / "a.wav", CheckConfig())


@pytest.mark.parametrize(
    ("channels", "loss_db", "weakest_db", "raised"),
    [
        ((A, A), 0.0, 0.0, set()),
        ((A, B), 3.01, 0.0, set()),  # powers of things that differ add up: half of one is left
        ((A, -A), 100.0, 0.0, {"channels_cancel"}),
        ((A, -0.9 * A), 25.6, -0.9, {"channels_cancel"}),  # (0.1 / 2)^2 of (1 + 0.81) / 2
        ((A, 0 * A), 3.01, -100.0, {"dead_channel"}),
        ((A, 1e-4 * B), 3.01, -80.0, {"dead_channel"}),
        ((A, A, A, A), 0.0, 0.0, set()),
    ],
)
def test_levels(
    tmp_path: Path,
    channels: tuple[np.ndarray, ...],
    loss_db: float,
    weakest_db: float,
    raised: set[str],
) -> None:
    quality = measured(tmp_path, *channels)
    if loss_db < 100:
        assert quality.mean_loss_db == pytest.approx(loss_db, abs=0.1)
    else:
        assert quality.mean_loss_db > 60
    if weakest_db > -100:
        assert quality.weakest_channel_db == pytest.approx(weakest_db, abs=0.1)
    else:
        assert quality.weakest_channel_db < -100
    found = set(flags(quality_row(quality), CheckConfig()))
    assert found & {"channels_cancel", "dead_channel"} == raised


def test_one_channel_has_no_other(tmp_path: Path) -> None:
    quality = measured(tmp_path, A)
    assert np.isnan([quality.mean_loss_db, quality.weakest_channel_db]).all()
    assert not {"channels_cancel", "dead_channel"} & set(flags(quality_row(quality), CheckConfig()))


def test_silence_says_nothing() -> None:
    levels = ChannelLevels(2)
    levels.push(np.zeros((10, 2), np.float32))
    assert (levels.mean_loss_db, levels.weakest_db) == (0.0, 0.0)
