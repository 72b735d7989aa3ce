"""The population: who speaks where, what stays the same, and what reaches a recording."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from micfp.bench.phone import GRID_HZ, VirtualPhone, recorded
from micfp.bench.population import (
    VOICES,
    phone,
    render,
    speakers_of,
    takes,
    write_population,
)
from micfp.bench.speech import speak
from micfp.config.population import PopulationConfig, VirtualSessionConfig
from micfp.errors import MicfpError

SILENT_ROOM = VirtualSessionConfig(
    live_share=1.0,
    live_db=0.0,
    rt60_s=(0.01, 0.01),
    direct_to_reverberant_db=(80, 80),
    ambient_snr_db=(90, 90),
)


def _phone(**changes: object) -> VirtualPhone:
    plain = VirtualPhone(
        np.zeros(len(GRID_HZ)),
        np.zeros(len(GRID_HZ)),
        90.0,
        None,
        None,
        None,
        None,
        -20.0,
        16_000,
        "pcm",
        0.0,
    )
    return VirtualPhone(**(vars(plain) | changes))  # type: ignore[arg-type]


def _noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(96_000).astype(np.float32)


def _recorded(device: VirtualPhone, spoken: np.ndarray) -> np.ndarray:
    rngs = np.random.default_rng(2), np.random.default_rng(3)
    return recorded(device, SILENT_ROOM, spoken, *rngs)


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    import soundfile as sf

    for speaker in range(8):
        samples = 0.1 * np.random.default_rng(speaker).standard_normal(16_000 * 2)
        sf.write(tmp_path / f"{speaker}-1-1.wav", samples, 16_000)
    return tmp_path


def test_speakers_return_and_are_followed_by_others(speech: Path) -> None:
    config = PopulationConfig(n_devices=3, sessions=4, take_s=1.0, speech_from=speech)
    found = takes(config, 1)
    assert len(found) == 3 * 4 * 2
    of_first = {(t.session, t.slot): t.speaker for t in found if t.device == 0}
    assert of_first[0, 0] == of_first[1, 0] != of_first[2, 0] == of_first[3, 0]
    assert len({of_first[0, 0], of_first[0, 1], of_first[2, 0], of_first[2, 1]}) == 4
    # 2 s of speech hold two pieces of 1 s: the sessions of one speaker hear different ones.
    assert {t.piece for t in found if t.session in (0, 2)} == {0}
    assert {t.piece for t in found if t.session in (1, 3)} == {1}


def test_parts_of_speakers_have_none_in_common(speech: Path) -> None:
    parts = [
        set(speakers_of(PopulationConfig(speech_from=speech, speaker_part=(k, 2)), 1))
        for k in (0, 1)
    ]
    assert [len(part) for part in parts] == [4, 4]
    assert not parts[0] & parts[1]


def test_a_device_is_the_same_however_many_there_are(speech: Path) -> None:
    small = PopulationConfig(n_devices=2, take_s=1.0, speech_from=speech)
    large = small.model_copy(update={"n_devices": 5})
    of_small, of_large = takes(small, 1), takes(large, 1)
    assert of_small == of_large[: len(of_small)]
    one = [samples for samples, _ in render(small, 1, of_small[-1:])]
    other = [samples for samples, _ in render(large, 1, of_small[-1:])]
    assert one[0].tobytes() == other[0].tobytes()
    assert not np.array_equal(phone(small, 1, 0).response_db, phone(small, 1, 1).response_db)
    renamed = small.model_copy(update={"name": "others"})
    assert not np.array_equal(phone(small, 1, 0).response_db, phone(renamed, 1, 0).response_db)


def test_common_sessions_give_all_devices_the_same_speech(speech: Path) -> None:
    config = PopulationConfig(n_devices=3, take_s=1.0, speech_from=speech, common_sessions=True)
    heard = {(t.device, t.session, t.slot): t.speech for t in takes(config, 1)}
    assert all(heard[0, s, k] == heard[2, s, k] for s in (0, 1) for k in (0, 1))


def test_too_few_speakers_are_said(speech: Path) -> None:
    with pytest.raises(MicfpError, match=r"8 speakers to take, and 10 are wanted"):
        takes(PopulationConfig(sessions=2, speakers=10, speech_from=speech), 1)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("damage", ["text", "NaN", "infinity", "loud"])
def test_damaged_speech_is_one_sentence(speech: Path, damage: str) -> None:
    import soundfile as sf

    samples = np.full(16_000, 0.1)
    samples[5] = {"NaN": np.nan, "infinity": np.inf, "loud": 1e30}.get(damage, 0)
    sf.write(speech / "3-1-1.wav", samples, 16_000, subtype="FLOAT")
    if damage == "text":
        (speech / "3-1-1.wav").write_text("no sound")
    config = PopulationConfig(n_devices=1, sessions=1, speakers=8, take_s=1.0, speech_from=speech)
    with pytest.raises(MicfpError, match=r"3-1-1.wav: "):
        list(render(config, 1, takes(config, 1)))


def test_without_a_folder_espeak_speaks_with_voices_that_differ() -> None:
    said, _ = speak([(voice, "One two three.") for voice in VOICES], 170)
    assert len({samples.tobytes() for samples in said}) == len(VOICES)
    config = PopulationConfig(n_devices=1, take_s=2.0)
    found = takes(config, 1)
    assert {t.speaker for t in found} <= set(VOICES)
    heard = [samples for samples, _ in render(config, 1, found)]
    levels_db = [20 * np.log10(np.sqrt(np.mean(one**2))) for one in heard]
    assert min(levels_db) > -50
    # Two pieces of one voice, and another voice: none is a copy of another.
    assert len({one.tobytes() for one in heard}) == len(heard) == 4


def test_the_response_is_in_the_recording() -> None:
    tilt_db = 3 * np.log2(GRID_HZ / 1000)
    flat, tilted = _recorded(_phone(), _noise()), _recorded(_phone(response_db=tilt_db), _noise())
    spectra = [np.abs(np.fft.rfft(one)) ** 2 for one in (flat, tilted)]
    hz = np.fft.rfftfreq(len(flat), 1 / 16_000)
    ratio_db = [
        10 * np.log10(spectra[1][band].sum() / spectra[0][band].sum())
        for band in ((hz > 450) & (hz < 550), (hz > 3600) & (hz < 4400))
    ]
    # From 500 Hz to 4 kHz are three octaves: 9 dB.
    assert ratio_db[1] - ratio_db[0] == pytest.approx(9, abs=0.5)


def test_noise_lies_so_many_db_below_the_active_level() -> None:
    spoken = _noise()
    loud = _recorded(_phone(snr_db=90.0), spoken)
    noisy = _recorded(_phone(snr_db=20.0), spoken)
    added = noisy - loud
    # Both at 48 kHz over 24 kHz, and flat: the ratio is the same in the 8 kHz that are left.
    assert 10 * np.log10(np.mean(loud**2) / np.mean(added**2)) == pytest.approx(20, abs=0.5)


def test_gain_control_takes_its_share_of_a_step() -> None:
    from micfp.bench.phone import GainControl

    step = np.repeat([0.1, 1.0], 48_000).astype(np.float32) * np.sign(_noise())
    control = GainControl(exponent=0.5, attack_s=0.005, release_s=0.1)
    # The level of the recording is 0 dB where the active level is; 20 dB apart before.
    found = _recorded(_phone(gain_control=control), step)
    levels_db = [
        10 * np.log10(np.mean(found[part] ** 2))
        for part in (slice(8000, 15_000), slice(24_000, 31_000))
    ]
    assert levels_db[1] - levels_db[0] == pytest.approx(10, abs=1)


@pytest.mark.parametrize(
    ("codec", "rate_hz", "kbit_s"),
    [("aac", 44_100, 64), ("opus", 48_000, 24), ("amr_nb", 8000, 12.2)],
)
def test_a_codec_leaves_rate_and_length(codec: str, rate_hz: int, kbit_s: float) -> None:
    found = _recorded(_phone(codec=codec, rate_hz=rate_hz, kbit_s=kbit_s), _noise())
    plain = _recorded(_phone(rate_hz=rate_hz), _noise())
    assert found.shape == plain.shape == (2 * rate_hz,)
    assert not np.array_equal(found, plain)
    assert np.corrcoef(found, plain)[0, 1] > 0.1


def test_a_written_population_is_a_corpus_like_any_other(speech: Path, tmp_path: Path) -> None:
    from micfp.audio import probe
    from micfp.config.audio import CorpusConfig
    from micfp.corpora import read_corpus

    config = PopulationConfig(n_devices=2, take_s=1.0, speech_from=speech)
    out = tmp_path / "written"
    assert write_population(config, 1, out) == 8
    table = read_corpus(CorpusConfig(name="virtual", reader="bench", root=out))
    assert sorted(set(table["device"])) == ["training 0000", "training 0001"]
    assert table["session"].nunique() == 4
    assert table["content"].nunique() > 4
    sounds = list(render(config, 1, takes(config, 1)))
    for path, (samples, rate_hz) in zip(table["path"], sounds, strict=True):
        info = probe(path)
        assert (info.sample_rate_hz, info.n_samples) == (rate_hz, len(samples))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        # Part 5 of 2 was part 1, -1 one speaker, and [0, 0] a traceback.
        ({"speaker_part": [5, 2]}, r"speaker_part \[5, 2\] needs 0 <= K < N"),
        ({"speaker_part": [-1, 2]}, r"speaker_part \[-1, 2\]"),
        ({"speaker_part": [0, 0]}, r"speaker_part \[0, 0\]"),
        ({"noise": {"snr_db": [55, 22]}}, r"\[55.0, 22.0\] needs -200 <= first <= second <= 200"),
        ({"noise": {"snr_db": [float("nan"), 22]}}, "nan"),
        ({"response": {"peaks": [5, 1]}}, r"\[5, 1\] needs 0 <= first <= second"),
        ({"response": {"peak_hz": [0, 100]}}, r"\[0.0, 100.0\] needs 1 <= first"),
        ({"response": {"broad_db": [-3, -1]}}, "needs 0 <= first"),
        ({"processing": {"level_dbfs": [-10, 6]}}, "second <= 0"),
        ({"processing": {"agc_attack_s": [0, 0]}}, "needs 0.001 <= first"),
        ({"session": {"rt60_s": [0, 0.1]}}, "needs 0.01 <= first"),
        ({"recorder": {"rates_hz": [1], "rate_shares": [1]}}, "8000"),
        ({"recorder": {"rates_hz": [10**6], "rate_shares": [1]}}, "48000"),
        ({"recorder": {"rate_shares": [float("nan")] * 5}}, "rate_shares"),
        # numpy draws by shares whose sum is within 1.5e-8 of 1.
        (
            {"recorder": {"rates_hz": [8000, 16_000], "rate_shares": [0.5, 0.4999995]}},
            "sum of 1",
        ),
        ({"recorder": {"aac_kbit_s": []}}, "at least 1"),
        ({"recorder": {"opus_kbit_s": [-3]}}, "9"),
        ({"take_s": 1e9}, "600"),
        ({"n_devices": 10**9}, "100000"),
        ({"sessions": 10**9}, "1000"),
        ({"name": "\x1b[31m"}, "name"),
    ],
)
def test_what_cannot_be_drawn_is_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PopulationConfig.model_validate(changed)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "changed",
    [
        {"noise": {"snr_db": [-200, -200], "tilt_db": [20, 20]}},
        {"response": {"broad_db": [40, 40], "tilt_db": 10, "peak_db": 40, "orders": [20, 20]}},
        {"session": {"rt60_s": [0.01, 0.01], "ambient_snr_db": [200, 200], "live_db": 40}},
        {"processing": {"agc_share": 1, "agc_attack_s": [0.001, 0.001], "agc_exponent": [1, 1]}},
        {
            "recorder": {
                "rates_hz": [8001],
                "rate_shares": [1],
                "aac_share": 1,
                "opus_share": 0,
                "aac_kbit_s": [320],
            }
        },
    ],
)
def test_what_may_be_drawn_is_a_recording(speech: Path, changed: dict[str, object]) -> None:
    own = {"n_devices": 1, "sessions": 1, "take_s": 0.5, "speech_from": speech}
    config = PopulationConfig.model_validate(own | changed)
    for samples, rate_hz in render(config, 1, takes(config, 1)):
        assert len(samples) == pytest.approx(0.5 * rate_hz, abs=1)
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1.5  # a codec may go beyond full scale


def test_where_nothing_can_be_written_is_said(speech: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = PopulationConfig(n_devices=1, sessions=1, take_s=0.5, speech_from=speech)
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(
            MicfpError, match=r"file.*: the recordings could not be written \(Not a"
        ):
            write_population(config, 1, out)
