"""Frame matrices: each step against librosa or a hand computation."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.fft
import soundfile as sf

from micfp.errors import MicfpError
from micfp.features.frames import FrameSet, frame_matrix, width
from micfp.features.frames.mel import frame_starts, hamming, pre_emphasised

RATE_HZ = 32000


def noise(n: int = 96_000, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (np.cumsum(rng.standard_normal(n)) / 500 + 0.1 * rng.standard_normal(n)).astype(
        np.float32
    )


def reference_energies(y: np.ndarray, rate_hz: int, settings: FrameSet, hop: int) -> np.ndarray:
    """Mel energies (frames, n_mels) by librosa alone, at a whole hop, frames not centred."""
    emphasised = librosa.effects.preemphasis(y, coef=settings.pre_emphasis, zi=np.zeros(1))
    length = round(settings.frame_s * rate_hz)
    n_fft = 2 ** int(np.ceil(np.log2(length)))
    # librosa centres the window in n_fft; here it stands at the start: the same magnitudes
    frames = librosa.util.frame(emphasised, frame_length=length, hop_length=hop)
    windowed = frames * librosa.filters.get_window("hamming", length)[:, None]
    power = np.abs(np.fft.rfft(windowed, n_fft, axis=0)) ** 2
    return librosa.feature.melspectrogram(S=power, sr=rate_hz, n_mels=settings.n_mels).T


def log_energy_of_spectra(y: np.ndarray, rate_hz: int, hop: int) -> np.ndarray:
    """Algorithm 1's log energy of the first 100 frames, by Parseval: from spectra, not samples.

    The sum of squares of the pre-emphasised, windowed frame is the mean of its power over all bins.
    """
    emphasised = librosa.effects.preemphasis(y.astype(np.float64), coef=0.97, zi=np.zeros(1))
    length = round(0.032 * rate_hz)
    frames = librosa.util.frame(emphasised, frame_length=length, hop_length=hop)[:, :100]
    windowed = frames * librosa.filters.get_window("hamming", length)[:, None]
    return np.log(np.mean(np.abs(np.fft.fft(windowed, axis=0)) ** 2, axis=0))


CUT = FrameSet(family="timing_tandem", fixed_by="cut", n_frames=100)


@pytest.mark.parametrize("rate_hz", [16000, 32000, 44100])
def test_timing_tandem_against_librosa(rate_hz: int) -> None:
    y = noise()
    found = frame_matrix(y, rate_hz, CUT)
    assert found.shape == (100, 73) == (100, width(CUT))
    hop = round(0.020 * rate_hz)
    energies = reference_energies(y, rate_hz, CUT, hop)[:100]
    np.testing.assert_allclose(found[:, 39:], energies, rtol=2e-4)
    cepstra = librosa.feature.mfcc(S=np.log(energies.T), n_mfcc=13).T
    static = found[:, :13]
    np.testing.assert_allclose(static[:, :12], cepstra[:, 1:], atol=2e-4)
    np.testing.assert_allclose(static[:, 12], log_energy_of_spectra(y, rate_hz, hop), atol=1e-4)
    first = librosa.feature.delta(static.T)
    np.testing.assert_allclose(found[:, 13:26], first.T, atol=1e-5)
    np.testing.assert_allclose(found[:, 26:39], librosa.feature.delta(first).T, atol=1e-5)


def test_log_energy_by_hand() -> None:
    """Four samples of 1, in one frame of four; the window is 0.08, 0.54, 1, 0.54.

    Pre-emphasised by 0.5 they are 1, 0.5, 0.5, 0.5, windowed 0.08, 0.27, 0.5, 0.27: the sum of
    squares is 0.0064 + 0.0729 + 0.25 + 0.0729 = 0.4022. Of the samples as they were it is 4.
    """
    of_four = {"family": "timing_tandem", "n_frames": 3, "frame_s": 0.004, "delta_width": 3}
    settings = FrameSet.model_validate(
        of_four | {"fixed_by": "cut", "hop_s": 0.004, "n_mels": 13, "pre_emphasis": 0.5}
    )
    constant = np.ones(12, np.float32)
    found = log_energies_found(constant, 1000, settings)
    assert found[0] == pytest.approx(np.log(0.4022), rel=1e-5)
    # In later frames the first sample has one before it: 0.5 x 0.08 = 0.04 in the place of 0.08.
    assert found[1:] == pytest.approx([np.log(0.0016 + 0.0729 + 0.25 + 0.0729)] * 2, rel=1e-5)
    of_samples = settings.model_copy(update={"log_energy": "samples"})
    assert log_energies_found(constant, 1000, of_samples) == pytest.approx([np.log(4)] * 3)


def log_energies_found(y: np.ndarray, rate_hz: int, settings: FrameSet) -> np.ndarray:
    """Those of frames, which stand behind the 12 MFCC."""
    return frame_matrix(y, rate_hz, settings)[:, 12]


def test_log_energy_reads_the_samples_where_it_is_asked_to() -> None:
    """All else is the same, but for the slopes of it."""
    y, hop = noise(), round(0.020 * RATE_HZ)
    found = frame_matrix(y, RATE_HZ, CUT.model_copy(update={"log_energy": "samples"}))
    frames = librosa.util.frame(y, frame_length=1024, hop_length=hop)[:, :100]
    log_energy = np.log(np.sum(np.square(frames, dtype=np.float64), axis=0))
    np.testing.assert_allclose(found[:, 12], log_energy, atol=1e-5)
    others = np.delete(np.arange(73), [12, 25, 38])
    np.testing.assert_array_equal(found[:, others], frame_matrix(y, RATE_HZ, CUT)[:, others])


def test_mel_bands_after_the_logarithm() -> None:
    """Of the 73 numbers the last 34 alone change: to the logarithm of what they are otherwise."""
    y = noise()
    energies = frame_matrix(y, RATE_HZ, CUT)
    found = frame_matrix(y, RATE_HZ, CUT.model_copy(update={"pre_fbank": "log_energy"}))
    np.testing.assert_array_equal(found[:, :39], energies[:, :39])
    np.testing.assert_allclose(found[:, 39:], np.log(energies[:, 39:]), rtol=1e-5)


def test_mfcc39_against_librosa() -> None:
    settings = FrameSet(family="mfcc39", fixed_by="cut", n_frames=100, n_mels=40)
    y = noise()
    energies = reference_energies(y, RATE_HZ, settings, 640)[:100]
    cepstra = librosa.feature.mfcc(S=np.log(energies.T), n_mfcc=13)
    found = frame_matrix(y, RATE_HZ, settings)
    assert found.shape == (100, 39)
    np.testing.assert_allclose(found[:, :13], cepstra.T, atol=2e-4)
    np.testing.assert_allclose(found[:, 13:26], librosa.feature.delta(cepstra).T, atol=1e-4)


def test_log_mel_is_the_energies_in_decibels() -> None:
    settings = FrameSet(family="log_mel", fixed_by="cut", n_frames=100, n_mels=64)
    energies = reference_energies(noise(), RATE_HZ, settings, 640)[:100]
    found = frame_matrix(noise(), RATE_HZ, settings)
    np.testing.assert_allclose(found, librosa.power_to_db(energies, top_db=None), atol=1e-3)


def reference_linear(y: np.ndarray, rate_hz: int, settings: FrameSet, hop: int) -> np.ndarray:
    """Energies (frames, n_mels) in triangles over equal steps in hertz, by numpy.interp."""
    emphasised = librosa.effects.preemphasis(y, coef=settings.pre_emphasis, zi=np.zeros(1))
    length = round(settings.frame_s * rate_hz)
    n_fft = 2 ** int(np.ceil(np.log2(length)))
    frames = librosa.util.frame(emphasised, frame_length=length, hop_length=hop)
    windowed = frames * librosa.filters.get_window("hamming", length)[:, None]
    power = np.abs(np.fft.rfft(windowed, n_fft, axis=0)) ** 2
    edges = np.linspace(0, rate_hz / 2, settings.n_mels + 2)
    bins = np.fft.rfftfreq(n_fft, 1 / rate_hz)
    area = 2 / (edges[2] - edges[0])
    filters = [area * np.interp(bins, edges[k : k + 3], [0, 1, 0]) for k in range(settings.n_mels)]
    return (np.array(filters) @ power).T


def test_log_linear_is_a_spectrogram_in_equal_bands() -> None:
    settings = FrameSet(family="log_linear", fixed_by="cut", n_frames=100, n_mels=64)
    expected = reference_linear(noise(), RATE_HZ, settings, 640)[:100]
    found = frame_matrix(noise(), RATE_HZ, settings)
    assert found.shape == (100, 64)
    np.testing.assert_allclose(found, 10 * np.log10(expected), atol=1e-3)


def test_lfcc39_are_cepstra_of_equal_bands() -> None:
    settings = FrameSet(family="lfcc39", fixed_by="cut", n_frames=100, n_mels=40)
    energies = reference_linear(noise(), RATE_HZ, settings, 640)[:100]
    cepstra = scipy.fft.dct(np.log(energies), norm="ortho")[:, :13]
    found = frame_matrix(noise(), RATE_HZ, settings)
    assert found.shape == (100, 39)
    np.testing.assert_allclose(found[:, :13], cepstra, atol=3e-4)
    np.testing.assert_allclose(found[:, 13:26], librosa.feature.delta(cepstra.T).T, atol=2e-4)


DFT = {"fixed_by": "cut", "n_frames": 50, "frame_s": 0.008, "hop_s": 0.008, "dft_points": 256}


def test_dft_and_bed_of_256_points() -> None:
    """Frames of 256 samples at 32 kHz, which do not overlap: 128 points above 0 Hz, 127 steps."""
    y = noise(13_000)
    emphasised = librosa.effects.preemphasis(y, coef=0.97, zi=np.zeros(1))[: 50 * 256]
    frames = emphasised.reshape(50, 256) * librosa.filters.get_window("hamming", 256)
    level = 20 * np.log10(np.abs(np.fft.fft(frames)[:, 1:129]))
    found = frame_matrix(y, RATE_HZ, FrameSet.model_validate({"family": "dft", **DFT}))
    assert found.shape == (50, 128)
    np.testing.assert_allclose(found, level, atol=0.02)
    bed = frame_matrix(y, RATE_HZ, FrameSet.model_validate({"family": "bed", **DFT}))
    assert bed.shape == (50, 127)
    np.testing.assert_allclose(bed, level[:, 1:] - level[:, :-1], atol=0.04)


def test_a_frame_with_more_samples_than_points() -> None:
    settings = FrameSet.model_validate({"family": "dft", **DFT})
    with pytest.raises(MicfpError, match=r"0.008 s has 353 samples at 44100 Hz.*256 points"):
        frame_matrix(noise(), 44100, settings)


def test_normalised_cepstra_have_mean_0_and_deviation_1() -> None:
    settings = FrameSet(family="mfcc39", n_frames=100, cmvn=True)
    found = frame_matrix(noise(), RATE_HZ, settings)
    np.testing.assert_allclose(found[:, :13].mean(axis=0), np.zeros(13), atol=1e-5)
    np.testing.assert_allclose(found[:, :13].std(axis=0), np.ones(13), atol=1e-4)
    # A gain adds a constant to the logarithms: C0 alone sees it, and its mean is taken out.
    louder = frame_matrix(np.float32(0.25) * noise(), RATE_HZ, settings)
    np.testing.assert_allclose(louder, found, atol=2e-3)


def test_frames_spread_over_the_segment() -> None:
    """128 frames of 1024 in 10 s at 32 kHz: from sample 0 to the last whole frame's, 318 976."""
    settings = FrameSet(family="timing_tandem")
    starts = frame_starts(320_000, 1024, RATE_HZ, settings)
    assert (starts[0], starts[-1], len(starts)) == (0, 318_976, 128)
    # 318 976 / 127 = 2511.6 samples, 78.5 ms, from one to the next, rounded
    assert set(np.diff(starts)) == {2511, 2512}


def test_frames_cut_at_a_hop() -> None:
    settings = FrameSet(family="timing_tandem", fixed_by="cut", n_frames=5)
    assert frame_starts(4000, 1024, RATE_HZ, settings).tolist() == [0, 640, 1280, 1920, 2560]


@pytest.mark.parametrize(
    ("fixed_by", "n_samples", "fit"),
    [
        # 640 x 4 + 1024 = 3584 samples are needed for five frames at a hop, 1028 for five starts
        ("cut", 3583, 4),
        ("hop", 1027, 4),
        ("cut", 1000, 0),
        ("hop", 0, 0),
    ],
)
def test_a_segment_with_too_few_frames(fixed_by: str, n_samples: int, fit: int) -> None:
    settings = FrameSet.model_validate(
        {"family": "timing_tandem", "fixed_by": fixed_by, "n_frames": 5}
    )
    with pytest.raises(MicfpError, match=rf"have {fit} frames of 0.032 s, and 5 are wanted"):
        frame_matrix(np.zeros(n_samples, np.float32), RATE_HZ, settings)


def test_pre_emphasis_and_window_by_hand() -> None:
    emphasised = pre_emphasised(np.array([1.0, 1.0, 0.5], np.float32), 0.5)
    assert emphasised.tolist() == [1.0, 0.5, 0.0]  # 1, 1 - 0.5, 0.5 - 0.5
    # 0.54 - 0.46 cos(0, 90, 180, 270 degrees)
    assert hamming(4).tolist() == pytest.approx([0.08, 0.54, 1.0, 0.54])


def test_the_transform_is_orthonormal() -> None:
    """13 coefficients of 13 bands are all of them: the inverse gives the logarithms back."""
    settings = FrameSet(family="mfcc39", n_frames=20, n_mels=13)
    found = frame_matrix(noise(), RATE_HZ, settings)
    logs = frame_matrix(noise(), RATE_HZ, settings.model_copy(update={"family": "log_mel"}))
    back = scipy.fft.idct(found[:, :13], norm="ortho")
    np.testing.assert_allclose(back, logs / 10 * np.log(10), atol=1e-4)


def test_silence_and_what_is_not_finite() -> None:
    settings = FrameSet(family="timing_tandem", n_frames=10)
    assert np.isfinite(frame_matrix(np.zeros(32_000, np.float32), RATE_HZ, settings)).all()
    broken = noise()
    broken[7] = np.nan
    assert np.isnan(frame_matrix(broken, RATE_HZ, settings)).all()


def test_resampled_to_the_rate_of_the_set() -> None:
    settings = FrameSet(family="log_mel", n_frames=50, n_mels=40)
    at_rate = settings.model_copy(update={"rate_hz": 16000})
    y = noise()
    half = librosa.resample(y, orig_sr=RATE_HZ, target_sr=16000, res_type="soxr_hq")
    found, expected = frame_matrix(y, RATE_HZ, at_rate), frame_matrix(half, 16000, settings)
    np.testing.assert_allclose(found, expected, atol=0.05)


@pytest.mark.parametrize(
    ("name", "value", "of"),
    [
        ("cmvn", True, "mfcc39"),
        ("log_energy", "samples", "timing_tandem"),
        ("pre_fbank", "log_energy", "timing_tandem"),
    ],
)
def test_a_switch_of_one_family_is_none_of_another(name: str, value: object, of: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is a setting of {of}, not of log_mel"):
        FrameSet.model_validate({"family": "log_mel", name: value})
    assert getattr(FrameSet.model_validate({"family": of, name: value}), name) == value


def test_a_real_recording(shared_data: Path) -> None:
    y, rate_hz = sf.read(shared_data / "ccnu_mobile" / "Apple_air1_1.wav", dtype="float32")
    found = frame_matrix(y, rate_hz, FrameSet(family="timing_tandem"))
    assert found.shape == (128, 73)
    assert np.isfinite(found).all()
    assert (found[:, 39:] >= 0).all()
