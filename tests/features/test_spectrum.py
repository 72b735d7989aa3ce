"""Filter banks and framing."""

import librosa
import numpy as np
import pytest

from micfp.features import spectrum


@pytest.mark.parametrize(
    ("sr", "n_fft", "n_mels"), [(22050, 2048, 128), (44100, 1024, 40), (8000, 333, 20)]
)
def test_mel_filters_are_librosas(sr: int, n_fft: int, n_mels: int) -> None:
    np.testing.assert_allclose(
        spectrum.mel_filters(sr, n_fft, n_mels),
        librosa.filters.mel(sr=sr, n_fft=n_fft, n_mels=n_mels),
        rtol=2e-6,
        atol=1e-9,
    )


def test_mel_scale_and_back() -> None:
    hz = np.array([0.0, 440.0, 999.0, 1000.0, 6400.0, 16000.0])
    np.testing.assert_allclose(spectrum.hz_to_mel(hz), librosa.hz_to_mel(hz), rtol=1e-12)
    np.testing.assert_allclose(spectrum.mel_to_hz(spectrum.hz_to_mel(hz)), hz, rtol=1e-12)


def test_caches_cannot_be_written_into() -> None:
    with pytest.raises(ValueError, match="read-only"):
        spectrum.hann(16)[0] = 1.0


@pytest.mark.parametrize(
    ("n_samples", "n_fft", "hop"), [(1, 64, 16), (1000, 64, 16), (999, 65, 90)]
)
def test_blocks_are_the_frames_of_the_padded_segment(n_samples: int, n_fft: int, hop: int) -> None:
    samples = np.arange(1, n_samples + 1, dtype=np.float32)
    segment = spectrum.Segment(samples, 8000, n_fft, hop)
    frames = np.concatenate([block.frames for block in segment.blocks()])
    padded = np.pad(samples, n_fft // 2)
    expected = [padded[i : i + n_fft] for i in range(0, len(padded) - n_fft + 1, hop)]
    np.testing.assert_array_equal(frames, expected)
    assert segment.n_frames == len(expected)
