"""Naming devices with a real model: right answers, honest warnings, every format, no bad model."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from encoded import encode
from small_model import (
    RATE_HZ,
    device_noise,
    fit_model,
    fit_under,
    parameters,
    write_corpus,
)

from micfp.config.models import DecisionRule
from micfp.errors import MicfpError
from micfp.evaluation.decision import RULES
from micfp.features import BandsConfig, FeatureSet
from micfp.fingerprint.identify import Identification, identify, identify_each
from micfp.fingerprint.listening import segment_values
from micfp.fingerprint.model import load_model
from micfp.fingerprint.provenance import Provenance


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted model: `dull` and `bright`, half-second windows, 32 bands up to 16 kHz."""
    return fit_under(tmp_path_factory.mktemp("model"))


def asked(folder: Path, path: Path, samples: Any, rate_hz: int = RATE_HZ) -> Identification:
    sf.write(path, samples, rate_hz, "PCM_16")
    return identify(path, load_model(folder))


def test_names_the_device(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder)
    assert model.name == "lda-ltas-plain"
    assert model.target == "device"
    for device in ("dull", "bright"):
        found = asked(folder, tmp_path / "new.wav", device_noise(device, seed=7))
        assert found.device == device
        assert found.path == str(tmp_path / "new.wav")
        first, second = found.ranking
        assert {first.name, second.name} == {"dull", "bright"}
        assert first.log_score > second.log_score
        assert np.exp([first.log_score, second.log_score]).sum() == pytest.approx(1.0)
        assert found.segments == 8  # 4 s in windows of 0.5 s
        assert (first.segments, second.segments) == (8, 0)
        assert found.warnings == ()


def test_says_how_many_segments_name_each(folder: Path, tmp_path: Path) -> None:
    halves = [device_noise("dull", 3.0), device_noise("bright", 1.0)]
    found = asked(folder, tmp_path / "both.wav", np.concatenate(halves))
    assert [(one.name, one.segments) for one in found.ranking] == [("dull", 6), ("bright", 2)]


@pytest.mark.parametrize("rule", RULES)
def test_names_by_the_rule_that_the_model_was_evaluated_with(
    folder: Path, tmp_path: Path, rule: DecisionRule
) -> None:
    """The scores are those of `pool_recordings`, which every reported figure comes from."""
    from micfp.evaluation.decision import pool_recordings
    from micfp.features import extract
    from micfp.models.persistence import load

    shutil.copytree(folder, tmp_path / "model")
    provenance = Provenance("small", None, rule)
    (tmp_path / "model" / "provenance.json").write_text(provenance.as_json())
    path = tmp_path / "a.wav"
    mixed = np.concatenate([device_noise("dull", 1.5, seed=3), device_noise("bright", 0.5)])
    found = asked(tmp_path / "model", path, mixed)
    samples, _ = sf.read(path, dtype="float32")
    settings = FeatureSet(families=("ltas",), rate_hz="native", bands=BandsConfig(n_bands=32))
    rows = [extract(s, RATE_HZ, settings) for s in samples.reshape(4, RATE_HZ // 2)]
    fitted = load(folder / "model.skops")
    log_p = fitted.log_probabilities(np.array(rows))
    _, (pooled,), _ = pool_recordings([0] * 4, log_p, fitted.classes, ["a"] * 4, rule)
    scores = {one.name: one.log_score for one in found.ranking}
    assert scores == pytest.approx(dict(zip(fitted.classes, pooled, strict=True)), abs=1e-9)


def test_a_rule_that_does_not_exist(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "model")
    (tmp_path / "model" / "provenance.json").write_text('{"decision": "median"}')
    with pytest.raises(MicfpError, match=r"provenance\.json: decision 'median' is no rule; there"):
        load_model(tmp_path / "model")
    (tmp_path / "model" / "provenance.json").write_text("{")
    with pytest.raises(MicfpError, match=r"provenance\.json: damaged"):
        load_model(tmp_path / "model")


def test_a_model_says_what_it_is(folder: Path, tmp_path: Path) -> None:
    model = load_model(folder)
    assert (model.sample_rates_hz, model.codecs) == ((RATE_HZ,), ("pcm_s16",))
    assert model.in_words() == (
        "lda-ltas-plain (corpus unknown, made at an unknown time): 2 devices, 32000 Hz, pcm_s16"
    )
    shutil.copytree(folder, tmp_path / "model")
    provenance = Provenance("small", "2026-11-28T03:20:11Z")
    (tmp_path / "model" / "provenance.json").write_text(provenance.as_json())
    said = load_model(tmp_path / "model").in_words()
    assert "(corpus small, made 2026-11-28T03:20:11Z)" in said


# --- warnings -------------------------------------------------------------------------------------


def test_short_recordings(folder: Path, tmp_path: Path) -> None:
    found = asked(folder, tmp_path / "a.wav", device_noise("dull", 1.1))
    assert (found.device, found.segments) == ("dull", 2)
    assert found.warnings == ("only 2 segment(s): too short for a dependable answer",)

    found = asked(folder, tmp_path / "b.wav", device_noise("dull", 0.2))
    assert (found.device, found.segments) == ("dull", 1)
    assert "no segment could be cut from its 0.20 s" in found.warnings[0]
    assert "only 1 segment(s)" in found.warnings[1]


@pytest.mark.parametrize(
    ("level", "warnings"),
    [
        (0.002, ()),  # -54 dBFS; the line is at -60 dBFS
        (0.0005, ("very quiet: -66 dBFS; the answer may say little",)),
    ],
)
def test_quiet_recordings(
    folder: Path, tmp_path: Path, level: float, warnings: tuple[str, ...]
) -> None:
    found = asked(folder, tmp_path / "a.wav", device_noise("bright", level=level))
    assert (found.device, found.warnings) == ("bright", warnings)


def test_silence(folder: Path, tmp_path: Path) -> None:
    for level in (0.0, 0.25):  # an offset is as silent
        with pytest.raises(MicfpError, match=r"a\.wav: digital silence: all samples that would"):
            asked(folder, tmp_path / "a.wav", np.full(2 * RATE_HZ, level, np.float32))
    # One window of four holds something.
    samples = np.concatenate([np.zeros(3 * RATE_HZ // 2), device_noise("dull", 0.5)])
    assert asked(folder, tmp_path / "a.wav", samples.astype(np.float32)).segments == 4


def test_samples_that_are_no_numbers(folder: Path, tmp_path: Path) -> None:
    samples = device_noise("bright", 4.0)
    samples[RATE_HZ : RATE_HZ + 10] = np.nan  # one of eight windows
    sf.write(tmp_path / "a.wav", samples, RATE_HZ, "FLOAT")
    found = identify(tmp_path / "a.wav", load_model(folder))
    assert (found.device, found.segments) == ("bright", 7)
    assert [w.split(":")[0] for w in found.warnings] == ["1 of 8 segments were left out"]

    sf.write(tmp_path / "b.wav", np.full(RATE_HZ, np.inf), RATE_HZ, "FLOAT")
    with pytest.raises(MicfpError, match=r"b\.wav: nothing to judge: its samples are no numbers"):
        identify(tmp_path / "b.wav", load_model(folder))


def test_truncated_recordings(folder: Path, tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", device_noise("dull"), RATE_HZ, "PCM_16")
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: 44 + 2 * 2 * RATE_HZ])  # 2 of 4 s
    found = identify(tmp_path / "a.wav", load_model(folder))
    assert (found.device, found.segments) == ("dull", 4)
    assert any(w.startswith("the file is damaged or cut off") for w in found.warnings)


def test_channels_are_said(folder: Path, tmp_path: Path) -> None:
    sound = device_noise("dull")
    found = asked(folder, tmp_path / "a.wav", np.stack([sound, sound], axis=1))
    assert (found.device, found.warnings) == ("dull", ("it has 2 channels: their mean is used",))
    found = asked(folder, tmp_path / "b.wav", np.stack([sound, -sound], axis=1))
    assert any(w.startswith("its channels cancel each other") for w in found.warnings)
    found = asked(folder, tmp_path / "c.wav", np.stack([sound, 0 * sound], axis=1))
    assert any(w.startswith("its channel 1 is dead") for w in found.warnings)


def test_a_file_that_its_decoder_dies_on_costs_its_own_answer(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def listen(path: Path, *_: Any) -> Any:
        if path.name == "b.wav":
            os.kill(os.getpid(), signal.SIGKILL)
        return segment_values(path, model)

    monkeypatch.setattr("micfp.fingerprint.identify.segment_values", listen)
    model = load_model(folder)
    paths = [tmp_path / f"{name}.wav" for name in "abc"]
    for path in paths:
        sf.write(path, device_noise("dull"), RATE_HZ, "PCM_16")
    first, second, third = identify_each(paths, model)
    assert isinstance(first, Identification)
    assert isinstance(third, Identification)
    assert first.device == third.device == "dull"
    assert "b.wav: the process that decoded it died" in str(second)


CASES = Path(__file__).parents[3] / "shared" / "cases"
HOSTILE = Path(os.environ.get("MICFP_CASES", CASES)) / "hostile"
MOST_S, MOST_MB = 10, 400


@pytest.mark.skipif(not HOSTILE.is_dir(), reason=f"no cases at {HOSTILE}: set MICFP_CASES")
def test_hostile_files_get_an_answer_or_one_sentence(folder: Path, tmp_path: Path) -> None:
    """One after the other in one command, with every process that takes part within 400 MB."""
    files = sorted(HOSTILE.glob("*.*"))
    code = (
        "import resource, micfp.cli\n"
        "try: micfp.cli.main()\n"
        "finally:\n"
        # ru_maxrss of the process itself would be that of pytest, which it was forked from
        "    own = [l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1]\n"
        "    most = max(int(own), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "    print(most // 1024, file=open('most_mb', 'w'))\n"
    )
    asked = ["identify", "--json", "--model", str(folder), *map(str, files)]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked],
        cwd=tmp_path, capture_output=True, text=True, timeout=MOST_S * len(files), check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, "")
    answers = {Path(a["path"]).name: a for a in map(json.loads, done.stdout.splitlines())}
    assert sorted(answers) == [file.name for file in files]
    for name, answer in answers.items():
        if answer["device"] is None:
            (sentence,) = answer["warnings"]
            assert name in sentence
            assert "\n" not in sentence
    named = {name for name, answer in answers.items() if answer["device"]}
    assert named == {"ch16.m4a", "flac_one_deletion.flac"}  # ten hours of zeros are refused
    assert int((tmp_path / "most_mb").read_text()) < MOST_MB


@pytest.mark.parametrize(("rate_hz", "empty"), [(16_000, 16), (44_100, 0), (96_000, 0)])
def test_other_rates(folder: Path, tmp_path: Path, rate_hz: int, empty: int) -> None:
    found = asked(folder, tmp_path / "a.wav", device_noise("dull", rate_hz=rate_hz), rate_hz)
    # Bands of 500 Hz up to 16 kHz: at 16 kHz the upper half of them lies above 8 kHz.
    *columns, rate = [w for w in found.warnings if "sample rate" in w]
    assert rate == (
        f"its sample rate ({rate_hz} Hz) is none that the model learned from (32000 Hz): something "
        "made or converted it that the model does not know"
    )
    assert len(columns) == (1 if empty else 0)
    if empty:
        assert columns[0].startswith(f"{empty} of the 32 feature columns that the model uses are")
        assert f"({rate_hz} Hz)" in columns[0]
    else:
        assert found.device == "dull"


def test_a_model_of_the_same_low_rate_says_nothing_of_rates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    low = fit_model(parameters(write_corpus(tmp_path / "corpus", 16_000)))
    samples = device_noise("bright", rate_hz=16_000, seed=5)
    found = asked(low, tmp_path / "a.wav", samples, 16_000)
    assert (found.device, found.warnings) == ("bright", ())


def cut_off(samples: Any, highest_hz: float, rate_hz: int = RATE_HZ) -> Any:
    """Nothing above a frequency, as some phones do it whatever their sample rate is."""
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / rate_hz) > highest_hz] = 0
    return np.fft.irfft(spectrum, len(samples)).astype(np.float32)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gaussian discriminants that do without missing bands; `dull` has none above 11.9 kHz."""
    root = tmp_path_factory.mktemp("narrow")
    corpus = write_corpus(root / "corpus")
    for path in sorted((corpus / "dull").rglob("*.wav")):
        samples, rate_hz = sf.read(path, dtype="float32")
        sf.write(path, cut_off(samples, 11_900), rate_hz, "PCM_16")
    bands = {"n_bands": 40, "max_hz": 20_000, "relative": False}  # 8 of them above 16 kHz
    difference = {
        "features": {"loud": {"families": ["loud_spectrum"], "rate_hz": "native", "bands": bands}},
        "preparations": {"there": {"scaling": "none", "missing": "keep"}},
        "models": [{"features": "loud", "preparation": "there", "classifiers": ["gda"]}],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICFP_STORE", str(root / "store"))
        fit_model(parameters(corpus, **difference)).rename(root / "model")
    return root


def test_a_phone_that_cuts_bands_off_has_no_low_sample_rate(narrow: Path) -> None:
    """Of 500 Hz a band, 32 lie below 16 kHz.

    The highest that is heard ends at 12 kHz; less a tenth for the slope, 21 lie below 10.8 kHz.
    """
    found = identify(narrow / "corpus/dull/day-2/speech-1.wav", load_model(narrow / "model"))
    assert found.device == "dull"
    assert found.warnings == (
        "11 of the 32 feature columns that the model uses are empty: the recording (32000 Hz) "
        "holds nothing that they could measure",
    )


def test_bands_that_no_training_row_had_say_nothing(narrow: Path) -> None:
    """8 of 40 bands lie above half of the only sample rate: not among those that are used."""
    model = load_model(narrow / "model")
    assert model.fitted.pipeline.n_features_in_ == 40
    found = identify(narrow / "corpus/bright/day-2/speech-1.wav", model)
    assert (found.device, found.warnings) == ("bright", ())


def test_a_lower_rate_is_the_reason_where_it_is_lower(narrow: Path, tmp_path: Path) -> None:
    """At 16 kHz 16 of 32 bands are there."""
    samples = device_noise("bright", rate_hz=16_000, seed=5)
    found = asked(narrow / "model", tmp_path / "a.wav", samples, 16_000)
    assert found.warnings[0] == (
        "16 of the 32 feature columns that the model uses are empty: its sample rate (16000 Hz) "
        "is lower than the model was trained with"
    )
    mixed = replace(load_model(narrow / "model"), sample_rates_hz=(16_000, 32_000))
    (said,) = identify(tmp_path / "a.wav", mixed).warnings
    assert said.endswith("the recording (16000 Hz) holds nothing that they could measure")


def test_a_channel_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    root = write_corpus(tmp_path / "corpus")
    second = load_model(fit_model(parameters(root, corpus={"channel": 0})))
    both = np.stack([device_noise("bright"), device_noise("dull", seed=1)], axis=1)
    sf.write(tmp_path / "a.wav", both, RATE_HZ, "PCM_16")
    assert identify(tmp_path / "a.wav", second).device == "bright"


# --- formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_24"),
        ("WAV", "FLOAT"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
def test_formats_of_libsndfile(folder: Path, tmp_path: Path, container: str, subtype: str) -> None:
    sf.write(tmp_path / "a", device_noise("bright"), RATE_HZ, subtype, format=container)
    found = identify(tmp_path / "a", load_model(folder))
    assert found.device == "bright"
    # The model learned from WAV of 16 bits: what keeps every sample is as good.
    lossy = {"VORBIS": "vorbis", "MPEG_LAYER_III": "mp3"}
    assert [w.split(",")[0] for w in found.warnings] == [
        f"it is {lossy[subtype]}" for _ in range(subtype in lossy)
    ]


@pytest.mark.parametrize(
    ("codec", "rate_hz", "container", "options"),
    [
        ("aac", 32_000, "mp4", {}),  # .m4a
        ("aac", 44_100, "mp4", {"video": True}),
        ("aac", 44_100, "matroska", {"video": True}),
        ("libopus", 48_000, "ogg", {}),
        ("libopencore_amrnb", 8_000, "amr", {}),
    ],
)
@pytest.mark.parametrize("device", ["dull", "bright"])
def test_formats_of_phones(
    folder: Path,
    tmp_path: Path,
    codec: str,
    rate_hz: int,
    container: str,
    options: dict[str, Any],
    device: str,
) -> None:
    samples = device_noise(device, rate_hz=rate_hz)[:, None]
    encode(tmp_path / "a", samples, codec, rate_hz, container, **options)
    found = identify(tmp_path / "a", load_model(folder))
    assert found.segments in (7, 8)
    if codec == "libopencore_amrnb":  # speech up to 4 kHz is another thing; it says so
        assert any("(8000 Hz) is lower than the model was" in w for w in found.warnings)
    else:
        assert found.device == device
        *of_rate, of_codec = found.warnings
        assert of_codec.startswith(f"it is {codec.removeprefix('lib')}, and the model learned from")
        assert [w.split(")")[0] for w in of_rate] == [
            f"its sample rate ({rate_hz} Hz" for _ in range(rate_hz != RATE_HZ)
        ]


def test_what_is_no_audio(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(MicfpError, match=r"a\.wav"):
        identify(tmp_path / "a.wav", load_model(folder))
    with pytest.raises(MicfpError, match=r"gone\.wav"):
        identify(tmp_path / "gone.wav", load_model(folder))


# --- model folders --------------------------------------------------------------------------------


@pytest.fixture
def damaged(folder: Path, tmp_path: Path) -> Path:
    """A copy of the model, to damage."""
    shutil.copytree(folder, tmp_path / "copy")
    load_model(tmp_path / "copy")  # whole so far
    return tmp_path / "copy"


def test_no_model_there(tmp_path: Path) -> None:
    with pytest.raises(
        MicfpError, match=r"no model there \(no model\.json\); run the pipeline, or"
    ):
        load_model(tmp_path / "none")
    (tmp_path / "file").write_text("x")
    with pytest.raises(MicfpError, match="file"):
        load_model(tmp_path / "file")


def test_no_classifier_there(damaged: Path) -> None:
    (damaged / "model.skops").unlink()
    with pytest.raises(MicfpError, match=r"model\.skops"):
        load_model(damaged)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("\udcff", "damaged"),
        ("[]", "not a model description of this version"),
        ("3", "not a model description of this version"),
        ("{}", "not a model description of this version"),
    ],
)
def test_descriptions_that_cannot_be_read(damaged: Path, text: str, said: str) -> None:
    (damaged / "model.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(MicfpError, match=rf"model\.json: {said}"):
        load_model(damaged)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sample_rates_hz", ["fast"]),
        ("codecs", None),
        ("features", {"families": ["ltass"]}),
        ("features", {"familie": ["ltas"]}),
        ("features", None),
        ("segments", {"method": "vad"}),
        ("families", 3),
        ("channel", "left"),
        ("channel", -1),
        ("channel", None),
    ],
)
def test_descriptions_with_a_wrong_value(damaged: Path, key: str, value: Any) -> None:
    about = json.loads((damaged / "model.json").read_text())
    about[key] = value
    (damaged / "model.json").write_text(json.dumps(about))
    with pytest.raises(MicfpError, match=r"model\.json: not a model description .* fit the model"):
        load_model(damaged)


def test_a_description_that_lacks_a_key(damaged: Path) -> None:
    about = json.loads((damaged / "model.json").read_text())
    del about["segments"]
    (damaged / "model.json").write_text(json.dumps(about))
    with pytest.raises(
        MicfpError, match=r"model\.json: not a model description .*segments: Field req"
    ):
        load_model(damaged)


def test_a_description_of_another_model(damaged: Path, tmp_path: Path) -> None:
    about = json.loads((damaged / "model.json").read_text())
    about["features"]["bands"]["n_bands"] = 16
    (damaged / "model.json").write_text(json.dumps(about))
    with pytest.raises(MicfpError, match=r"model\.json: .*16 .*32"):
        asked(damaged, tmp_path / "a.wav", device_noise("dull"))


def test_a_model_that_needs_other_devices(damaged: Path) -> None:
    about = json.loads((damaged / "model.json").read_text())
    about["features"]["content_normalised"] = True
    (damaged / "model.json").write_text(json.dumps(about))
    with pytest.raises(MicfpError, match="cannot judge a recording by itself"):
        load_model(damaged)


@pytest.mark.parametrize("cut", [0, 10, 1_000])
def test_a_damaged_classifier(damaged: Path, cut: int) -> None:
    content = (damaged / "model.skops").read_bytes()
    (damaged / "model.skops").write_bytes(content[:cut])
    with pytest.raises(MicfpError, match=r"model\.skops"):
        load_model(damaged)


# --- real recordings ------------------------------------------------------------------------------


def test_thirty_phones(shared_data: Path, tmp_path: Path) -> None:
    """Each utterance of CCNU_Mobile held out in turn, as its preset does: at least 119 of 120."""
    from micfp.audio import read
    from micfp.config.audio import SegmentsConfig, WindowsConfig
    from micfp.config.models import PreparationConfig
    from micfp.corpora.ccnu_mobile import read as read_corpus
    from micfp.features import extract_many
    from micfp.models.classical import build, fit
    from micfp.models.classifiers import ClassifiersConfig
    from micfp.models.persistence import save
    from micfp.recordings.segmentation.windows import fixed_windows

    table = read_corpus(shared_data / "ccnu_mobile")
    settings = FeatureSet(families=("ltas",), rate_hz="native")
    segments = SegmentsConfig(method="windows", windows=WindowsConfig(length_s=1.0, hop_s=1.0))
    paths = [Path(path) for path in table["path"]]
    samples_of = {path: read(path)[0] for path in paths}
    rows_of = {}
    for path, samples in samples_of.items():
        cuts = fixed_windows(len(samples), 32_000, segments.windows)
        rows_of[path] = extract_many(samples, 32_000, cuts, settings)
    device_of = dict(zip(paths, table["device"], strict=True))
    content_of = dict(zip(paths, table["content"], strict=True))
    about = {
        "features": settings.model_dump(mode="json"),
        "segments": segments.model_dump(mode="json"),
        "channel": "mean",
        "families": None,
        "target": "device",
        "model": "lda-ltas-plain",
        "sample_rates_hz": [32_000],
        "codecs": ["pcm_s16"],
    }

    right = 0
    for held_out in ("1", "2", "3", "4"):
        train = [path for path in paths if content_of[path] != held_out]
        test = [path for path in paths if content_of[path] == held_out]
        assert (len(train), len(test)) == (90, 30)
        X = np.vstack([rows_of[path] for path in train])
        y = np.concatenate([[device_of[path]] * len(rows_of[path]) for path in train])
        unfitted = build("lda", ClassifiersConfig(), PreparationConfig(), 30, 42)
        folder = tmp_path / held_out
        folder.mkdir()
        save(fit(unfitted, X, y), folder / "model.skops")
        (folder / "model.json").write_text(json.dumps(about))
        model = load_model(folder)
        named = {path: identify(path, model).device for path in test}
        right += sum(named[path] == device_of[path] for path in test)
    assert right >= 119

    # A volume slider changes nothing: the same 30 answers, 12 dB louder or softer.
    for gain_db in (12, -12):
        for path in test:
            sf.write(tmp_path / "a.wav", 10 ** (gain_db / 20) * samples_of[path], 32_000, "FLOAT")
            assert identify(tmp_path / "a.wav", model).device == named[path], (path, gain_db)
