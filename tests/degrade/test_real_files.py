"""Copies beside real files of the same recordings: their rates, lengths, samples and devices."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from encoded import encode
from signals import lag, voice

from micfp.audio import probe, read, resample
from micfp.config.audio import WindowsConfig
from micfp.config.models import PreparationConfig
from micfp.degrade import DEGRADATIONS, Sound, degrade
from micfp.features import FeatureSet, extract
from micfp.models.classical import build, fit
from micfp.models.classifiers import ClassifierName, ClassifiersConfig
from micfp.plan.params import parse_params
from micfp.recordings.segmentation.windows import fixed_windows

# Kind by kind: how others write such a file, at which rate (None: its own), and how far samples may
# lie from those of the copy. AMR rounds to 16 bits before it encodes, and does so otherwise here.
Write = Callable[[Path, np.ndarray, int], None]


def by_ffmpeg(codec: str, container: str, **options: Any) -> Write:
    return lambda path, samples, rate_hz: encode(
        path, samples[:, None], codec, rate_hz, container, **options
    )


def by_libsndfile(subtype: str) -> Write:
    return lambda path, samples, rate_hz: sf.write(path, samples, rate_hz, subtype, format="WAV")


FILES: dict[str, tuple[dict[str, Any], Write, int | None, float]] = {
    "m4a": (
        {"kind": "aac", "kbit_s": 64},
        by_ffmpeg("aac", "ipod", bit_s=64_000),
        None,
        1e-6,
    ),
    "mp3": (
        {"kind": "mp3", "kbit_s": 64},
        by_ffmpeg("libmp3lame", "mp3", bit_s=64_000, form="fltp"),
        None,
        1e-5,
    ),
    "opus": (
        {"kind": "opus", "kbit_s": 24},
        by_ffmpeg("libopus", "ogg", bit_s=24_000),
        48000,
        1e-6,
    ),
    "webm": (
        {"kind": "opus", "kbit_s": 24},
        by_ffmpeg("libopus", "webm", bit_s=24_000),
        48000,
        1e-6,
    ),
    "amr": (
        {"kind": "amr_nb", "kbit_s": 12.2},
        by_ffmpeg("libopencore_amrnb", "amr"),
        8000,
        0.01,
    ),
    "gsm": ({"kind": "gsm"}, by_libsndfile("GSM610"), 8000, 1e-6),
    "a-law": ({"kind": "g711", "law": "a"}, by_libsndfile("ALAW"), 8000, 1e-6),
    "mu-law": ({"kind": "g711", "law": "mu"}, by_libsndfile("ULAW"), 8000, 1e-6),
    "pcm": ({"kind": "resample", "rate_hz": 8000}, by_libsndfile("PCM_16"), 8000, 1e-4),
}
AMR_DELAY_SAMPLES = 40  # which the file does not state, and the copy is without


def copy_of(sound: Sound, section: dict[str, Any]) -> Sound:
    chain = parse_params({"degrade": [section]}).degrade
    return degrade(sound, chain, np.random.default_rng(0))


def real_file(path: Path, name: str, sound: Sound) -> Path:
    _, write, rate_hz, _ = FILES[name]
    wanted_hz = rate_hz or sound.rate_hz
    write(path, resample(sound.samples, sound.rate_hz, wanted_hz), wanted_hz)
    return path


@pytest.mark.parametrize("seconds", [0.5, 1.0003, 2.7777])
@pytest.mark.parametrize("rate_hz", [16000, 32000, 44100])
@pytest.mark.parametrize("name", FILES)
def test_a_copy_is_what_is_read_of_a_real_file(
    name: str, rate_hz: int, seconds: float, tmp_path: Path
) -> None:
    sound = Sound(voice(rate_hz, seconds), rate_hz)
    section, _, _, tolerance = FILES[name]
    copy = copy_of(sound, section)
    path = real_file(tmp_path / "file", name, sound)
    info = probe(path)
    assert (copy.rate_hz, len(copy.samples)) == (info.sample_rate_hz, info.n_samples)
    late = AMR_DELAY_SAMPLES if name == "amr" else 0
    real = read(path)[0][late:]
    np.testing.assert_allclose(copy.samples[: len(real)], real, atol=tolerance)
    # and both begin when the original began
    original = resample(sound.samples, rate_hz, copy.rate_hz)
    n = min(len(original), len(copy.samples))
    assert abs(lag(copy.samples[:n], original[:n])) <= 2


def test_every_kind_that_writes_a_file_is_beside_one() -> None:
    """Of other kinds a copy keeps rate and length; vorbis and telephone have tests of their own."""
    found = {section["kind"] for section, *_ in FILES.values()} | {"vorbis", "telephone"}
    sound = Sound(voice(16000, 0.5), 16000)
    settings: dict[str, dict[str, Any]] = {
        **{"noise": {"snr_db": 20}, "hum": {"snr_db": 20}, "band": {"high_hz": 3000}},
        **{"equaliser": {"deviation_db": 3}, "gain": {"gain_db": -6}},
        **{"clipping": {"below_peak_db": 6}, "bit_depth": {"bits": 8}},
        **{"packet_loss": {"share": 0.1}, "pitch_shift": {"percent": 4}},
    }
    for kind in set(DEGRADATIONS) - found - {"time_stretch", "measured_room"}:
        copy = copy_of(sound, {"kind": kind, **settings.get(kind, {})})
        assert (copy.rate_hz, len(copy.samples)) == (16000, len(sound.samples)), kind


N_DEVICES = 20
# Files as they arrive; ADTS keeps the encoder's delay of 1024 samples, AMR one of 40.
ARRIVING: dict[str, tuple[str, Write]] = {
    **{name: (name, FILES[name][1]) for name in ("m4a", "mp3", "opus", "amr", "gsm", "a-law")},
    "adts": ("m4a", by_ffmpeg("aac", "adts", bit_s=64_000)),
}
COPIED = ("opus", "amr", "mp3")  # what models learn from beside the originals
# Bands that are the same at every rate, and some that are not: an MFCC of 48 kHz is another one.
SETS: dict[str, tuple[dict[str, Any], ClassifierName, PreparationConfig]] = {
    "loud": (
        {
            "families": ["loud_spectrum"],
            "rate_hz": "native",
            "bands": {"n_bands": 64, "scale": "mel", "relative": False},
        },
        "gda",
        PreparationConfig(scaling="none", missing="keep"),
    ),
    "mfcc": ({"families": ["mfcc"], "rate_hz": "native"}, "lda", PreparationConfig()),
}


@pytest.fixture(scope="module")
def phones(shared_data: Path) -> dict[tuple[str, int], Sound]:
    """Four utterances of each of twenty phones, by name and number."""
    folder = shared_data / "ccnu_mobile"
    names = sorted(path.name.removesuffix("_4.wav") for path in folder.glob("*_4.wav"))
    if len(names) < N_DEVICES:
        pytest.skip("too few CCNU_Mobile recordings in the test data")
    return {
        (name, number): Sound(*read(folder / f"{name}_{number}.wav"))
        for name in names[:N_DEVICES]
        for number in (1, 2, 3, 4)
    }


@pytest.fixture(scope="module")
def learned(phones: dict[tuple[str, int], Sound]) -> list[tuple[str, Sound, bool]]:
    """Device, recording of one of three utterances, and whether it is a copy."""
    originals = [(device, one, False) for (device, n), one in phones.items() if n < 4]
    return originals + [
        (device, copy_of(one, FILES[name][0]), True)
        for name in COPIED
        for device, one, _ in originals
    ]


@pytest.fixture(scope="module")
def arrived(
    phones: dict[tuple[str, int], Sound], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str, Sound, Sound]]:
    """File, device, copy and what is read of the real file, of the fourth utterance."""
    path = tmp_path_factory.mktemp("arrived") / "file"
    found = []
    for name, (codec, write) in ARRIVING.items():
        section, _, rate_hz, _ = FILES[codec]
        for (device, number), sound in phones.items():
            if number == 4:
                wanted_hz = rate_hz or sound.rate_hz
                write(path, resample(sound.samples, sound.rate_hz, wanted_hz), wanted_hz)
                found.append((name, device, copy_of(sound, section), Sound(*read(path))))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("with_copies", [False, True])
@pytest.mark.parametrize("name", SETS)
def test_models_find_the_same_in_copies_and_in_real_files(
    name: str,
    with_copies: bool,
    learned: list[tuple[str, Sound, bool]],
    arrived: list[tuple[str, str, Sound, Sound]],
) -> None:
    """Accuracy, and mean probability of the true device, in an utterance that was not heard."""
    values, classifier, preparation = SETS[name]
    settings = FeatureSet.model_validate(values)

    def rows(sound: Sound) -> np.ndarray:
        cut = WindowsConfig(length_s=0.5, hop_s=0.5)
        windows = fixed_windows(len(sound.samples), sound.rate_hz, cut)
        return np.array([extract(sound.samples[a:b], sound.rate_hz, settings) for a, b in windows])

    known = [(device, rows(one)) for device, one, is_copy in learned if with_copies or not is_copy]
    model = fit(
        build(classifier, ClassifiersConfig(), preparation, N_DEVICES, 0),
        np.concatenate([found for _, found in known]),
        np.concatenate([np.repeat(device, len(found)) for device, found in known]),
    )
    judged: dict[str, list[np.ndarray]] = {}
    for file, device, copy, real in arrived:
        true = model.classes.index(device)
        both = [rows(one) for one in (copy, real)]
        log_p = [model.log_probabilities(found[: min(map(len, both))]) for found in both]
        right = [[one.argmax(1) == true, np.exp(one[:, true])] for one in log_p]
        judged.setdefault(file, []).append(np.array(right, float))
    for file, parts in judged.items():
        copies, reals = np.concatenate(parts, axis=2).mean(axis=2)
        assert np.abs(copies - reals).max() < 0.02, f"{file}: {copies} of copies, {reals} of files"
