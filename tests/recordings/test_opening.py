"""The beginning of a recording, and what is said of its file."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from micfp.errors import MicfpError
from micfp.recordings.opening import opened

RATE_HZ = 8000


def _noise(n: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.5, 0.5, n).astype(np.float32)


def test_of_a_long_recording_the_beginning(tmp_path: Path) -> None:
    """3 s at 8 kHz, of which 1.5 s are 12 000 samples."""
    path = tmp_path / "long.wav"
    sf.write(path, _noise(3 * RATE_HZ), RATE_HZ, "FLOAT")
    whole, part = opened(path, 3.0), opened(path, 1.5)
    assert whole.warnings == ()
    assert part.warnings == ("of its 3 s the first 1.5 s were used",)
    assert (part.rate_hz, part.info.n_samples, len(part.samples)) == (RATE_HZ, 24_000, 12_000)
    np.testing.assert_array_equal(part.samples, whole.samples[:12_000])


def test_what_a_reader_must_know_is_said(tmp_path: Path) -> None:
    """Two channels that cancel, in a file of which the second half is lost."""
    path = tmp_path / "cut.wav"
    left = _noise(2 * RATE_HZ)
    sf.write(path, np.stack([left, -left], axis=1), RATE_HZ, "FLOAT")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    mean, one = opened(path, 600.0), opened(path, 600.0, 1)
    channels, cancel, cut = mean.warnings
    assert channels == "it has 2 channels: their mean is used"
    assert cancel.startswith("its channels cancel each other")
    assert cancel.endswith("choose one by --channel")
    assert cut.startswith("the file is damaged or cut off")
    assert one.warnings == ("it has 2 channels: channel 1 is used", cut)
    np.testing.assert_array_equal(one.samples, -left[: len(one.samples)])


def test_a_channel_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mono.wav"
    sf.write(path, _noise(RATE_HZ), RATE_HZ)
    with pytest.raises(MicfpError, match=r"mono.wav: .*channel"):
        opened(path, 1.0, 3)
