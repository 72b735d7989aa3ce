"""A model comes back as it was, and a stranger's file is refused in one sentence."""

import json
import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from micfp.config.recipe import RecipeConfig, Scored
from micfp.errors import MicfpError
from micfp.fingerprint.embedding import vectors as vectors_module
from micfp.fingerprint.embedding.content import N_GROUPS, ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.fusion import Fusion
from micfp.fingerprint.embedding.gallery import Gallery
from micfp.fingerprint.embedding.model import SETTINGS, FingerprintModel, Fused
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model, save_model
from micfp.fingerprint.embedding.network import N_FEATURES, Network
from micfp.fingerprint.embedding.scoring import Scorer
from micfp.fingerprint.embedding.spectra import N_BANDS, band_spectra
from micfp.fingerprint.embedding.two_covariance import TwoCovariance, Within
from micfp.fingerprint.embedding.vectors import VECTORS


def _covariance(seed: int, scale: float) -> np.ndarray:
    root = np.random.default_rng(seed).standard_normal((N_BANDS, N_BANDS))
    return scale * (root @ root.T / N_BANDS + 0.5 * np.eye(N_BANDS))


@pytest.fixture(scope="module")
def model() -> FingerprintModel:
    rng = np.random.default_rng(1)
    content = ContentModel(
        rng.standard_normal((3, N_GROUPS)).astype(np.float32),
        rng.standard_normal((3, N_BANDS)).astype(np.float32),
        rng.random((3, N_BANDS)).astype(np.float32),
    )
    covariances = {
        name: TwoCovariance(
            rng.standard_normal(N_BANDS),
            *(_covariance(10 * k + j, scale) for j, scale in enumerate((9, 2, 1, 4))),
        )
        for k, name in enumerate(VECTORS)
    }
    recipe = RecipeConfig()
    settings = {
        "same": _fused(recipe.same, rng),
        "other": _fused(recipe.other, rng),
    }
    return FingerprintModel(content, covariances, settings, 3.0, True)


def _fused(scored: Scored, rng: np.random.Generator) -> Fused:
    scorers = tuple(Scorer(name, Within(**dict(within))) for name, within in scored.items())
    return Fused(scorers, Fusion(rng.random(len(scorers)), -1.0))


@pytest.fixture(scope="module")
def with_network(model: FingerprintModel) -> FingerprintModel:
    rng = np.random.default_rng(3)
    shapes = {
        **{"mean_db": (4, N_BANDS), "deviation_db": (4, N_BANDS)},
        **{"first": (N_FEATURES, 5), "first_bias": (5,), "second": (5, 5), "second_bias": (5,)},
        **{"last": (5, 3), "last_bias": (3,), "slope": (1,)},
    }
    arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    arrays |= {"deviation_db": 1 + np.abs(arrays["deviation_db"]), "slope": np.array([9.0])}
    network = Network(**{name: one.astype(np.float16) for name, one in arrays.items()})
    other = model.settings["other"]
    fused = Fused(other.scorers, Fusion(np.append(other.fusion.weights, 2.0), -1.0), network=True)
    return replace(model, settings={**model.settings, "other": fused}, network=network)


def _fingerprints(n: int) -> list[Fingerprint]:
    rng = np.random.default_rng(2)
    vectors = 4 * rng.standard_normal((n, len(VECTORS), N_BANDS)).astype(np.float32)
    return [Fingerprint(one, 2.0, 3.0, 16_000.0, 30.0) for one in vectors]


def test_it_comes_back_and_scores_the_same(model: FingerprintModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, "nothing", path)
    loaded = load_model(path)
    assert loaded.trained_on == "nothing"
    some = _fingerprints(4)
    for setting in SETTINGS:
        mine, theirs = (one.scores(some, some, setting) for one in (loaded.model, model))
        assert mine == pytest.approx(theirs, abs=0.01)
    again = tmp_path / "again.safetensors"
    save_model(model, "nothing", again)
    assert again.read_bytes() == path.read_bytes()
    assert path.stat().st_size < 1_000_000


def test_a_model_scores_as_it_was_trained(model: FingerprintModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    some = [replace(one, active_s=s) for one, s in zip(_fingerprints(3), (0.2, 2, 9), strict=True)]
    some[0].vectors[:, 5] = 500  # far out
    as_usual = model.scores(some, some, "other")
    for changed in (
        {"outlier_sd": None},
        {"outlier_sd": 1.5},
        {"content_by_time": False},
    ):
        other = replace(model, **changed)
        save_model(other, "nothing", path)
        found = load_model(path).model.scores(some, some, "other")
        assert found == pytest.approx(other.scores(some, some, "other"), abs=0.01)
        assert np.abs(found - as_usual).max() > 0.1


def test_whatever_the_time_every_test_counts_as_a_second(model: FingerprintModel) -> None:
    some = _fingerprints(2)
    of_1_s = [replace(one, active_s=1.0) for one in some]
    of_9_s = [replace(one, active_s=9.0) for one in some]
    expected = model.scores(of_1_s, of_1_s, "same")
    timeless = replace(model, content_by_time=False)
    assert timeless.scores(of_9_s, of_1_s, "same") == pytest.approx(expected)
    assert Gallery(timeless, of_9_s, "same").scores(of_9_s[0]) == pytest.approx(
        expected[:, 0], abs=1e-3
    )
    assert np.abs(model.scores(of_9_s, of_9_s, "same") - expected).max() > 0.1


def test_first_files_say_nothing_of_steps_that_were_constants(
    model: FingerprintModel, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, "nothing", path)
    path.write_bytes(_damaged(path, "first"))
    loaded = load_model(path).model
    assert (loaded.outlier_sd, loaded.content_by_time) == (3.0, True)


def test_a_network_comes_back_and_has_the_last_score(
    with_network: FingerprintModel, model: FingerprintModel, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(with_network, "nothing", path)
    loaded = load_model(path).model
    for name, array in vars(with_network.network).items():
        assert np.array_equal(getattr(loaded.network, name), array)
    some = _fingerprints(4)
    assert loaded.squashed_scores(some, some, "same").shape == (4, 4, 3)
    found = with_network.squashed_scores(some, some, "other")
    assert found.shape == (4, 4, 5)
    # A point and itself: 9 times a cosine of 1, squashed.
    assert found[0, 0, 4] == pytest.approx(np.log1p(9 / 10), abs=1e-9)
    linear = model.squashed_scores(some, some, "other")
    assert found[..., :4] == pytest.approx(linear)
    weights = model.settings["other"].fusion.weights
    expected = linear @ weights + 2 * found[..., 4] - 1
    assert with_network.scores(some, some, "other") == pytest.approx(expected)
    gallery = Gallery(with_network, some, "other")
    searched = np.stack([gallery.scores(one) for one in some], axis=1)
    assert searched == pytest.approx(expected, abs=1e-3)
    assert Gallery(with_network, [], "other").scores(some[0]).shape == (0,)
    blended = with_network.blended(model.covariances, 0.5, 0.2)
    assert blended.scores(some, some, "other") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"network.second": np.zeros((5, 4), np.float16)}, "network.second has another form"),
        (
            {"network.first": np.zeros((N_FEATURES, 5), np.float32)},
            "network.first has another form",
        ),
        ({"network.last": np.zeros(15, np.float16)}, "network.last has another form"),
        ({"network.last_bias": np.full(3, np.nan, np.float16)}, "network.last_bias has another"),
        ({"network.deviation_db": np.zeros((4, N_BANDS), np.float16)}, "a deviation that is none"),
        ({"network.slope": np.array([-1], np.float16)}, "or a negative slope"),
        ({"network.mean_db": None}, "it has no network.mean_db"),
    ],
)
def test_a_strangers_network_is_refused(
    with_network: FingerprintModel,
    tmp_path: Path,
    changes: dict[str, np.ndarray | None],
    reason: str,
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(with_network, "nothing", path)
    with safe_open(path, "np") as file:
        words = file.metadata()
    arrays = {k: v for k, v in {**load_file(path), **changes}.items() if v is not None}
    save_file(arrays, path, words)
    with pytest.raises(MicfpError, match=r"not a fingerprint model of this version") as raised:
        load_model(path)
    assert reason in str(raised.value)


def test_a_network_without_a_weight_is_refused(
    with_network: FingerprintModel, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(with_network, "nothing", path)
    with safe_open(path, "np") as file:
        header = json.loads(file.metadata()["micfp_fingerprint"])
    header["other"]["weights"].pop()
    save_file(load_file(path), path, {"micfp_fingerprint": json.dumps(header)})
    with pytest.raises(MicfpError, match="another number of weights than of scores"):
        load_model(path)


def test_a_score_hangs_on_nothing_else_that_is_scored(model: FingerprintModel) -> None:
    some = _fingerprints(6)
    whole = model.scores(some, some, "same")
    assert model.scores(some[2:3], some[4:5], "same")[0, 0] == pytest.approx(whole[2, 4])


def test_a_blend_changes_the_scores_of_one_sitting_and_their_kappa(model: FingerprintModel) -> None:
    some = _fingerprints(3)
    same = model.blended(model.covariances, 0.5, model.settings["same"].scorers[0].within.kappa)
    assert same.scores(some, some, "same") == pytest.approx(model.scores(some, some, "same"))
    other = model.blended(model.covariances, 0.5, 0.2)
    assert {one.within.kappa for one in other.settings["same"].scorers} == {0.2}
    assert {one.within.kappa for one in other.settings["other"].scorers} == {0.0}


def test_nobody_against_anybody_is_no_score(model: FingerprintModel) -> None:
    some = _fingerprints(2)
    for setting in SETTINGS:
        assert model.scores([], some, setting).shape == (0, 2)
        assert model.scores(some, [], setting).shape == (2, 0)
        assert Gallery(model, [], setting).scores(some[0]).shape == (0,)


@pytest.mark.parametrize(
    ("share", "kappa"),
    [(-0.1, 0), (1.5, 0), (float("nan"), 0), (0.5, -0.1), (0.5, float("nan")), (0.5, 1e9)],
)
def test_a_blend_beyond_either_model_is_refused(
    model: FingerprintModel, share: float, kappa: float
) -> None:
    with pytest.raises(MicfpError, match="share of 0 to 1 and a kappa of 0 to 100"):
        model.blended(model.covariances, share, kappa)


def test_another_setting_is_said(model: FingerprintModel) -> None:
    some = _fingerprints(1)
    for wrong in ("Same", None):
        with pytest.raises(MicfpError, match=r"is no setting: give 'same' .* 'other'"):
            model.scores(some, some, wrong)  # type: ignore[arg-type]
        with pytest.raises(MicfpError, match="is no setting"):
            Gallery(model, some, wrong)  # type: ignore[arg-type]


def test_digital_silence_has_no_fingerprint() -> None:
    model = load_model(SHIPPED).model
    for samples in (np.zeros(48_000), np.full(48_000, 0.3), np.full(48_000, 1e-30)):
        with pytest.raises(MicfpError, match="nothing but digital silence"):
            model.fingerprint(samples.astype(np.float32), 16_000)


@pytest.mark.filterwarnings("error")
def test_of_nothing_a_score_says_nothing() -> None:
    """A silent piece of a recording; numpy says nothing of it either."""
    model = load_model(SHIPPED).model
    noise = (0.1 * np.random.default_rng(1).standard_normal(48_000)).astype(np.float32)
    nothing = fingerprint(band_spectra(np.zeros(48_000, np.float32), 16_000), model.content)
    some = model.fingerprint(noise, 16_000)
    assert np.isnan(nothing.vectors).all()
    assert (nothing.bandwidth_hz, nothing.active_s, nothing.snr_db) == (0, 0.1, 0)
    for setting in SETTINGS:
        offset = model.settings[setting].fusion.offset
        found = model.scores([nothing, some], [nothing, some], setting)
        assert [found[0, 0], found[0, 1], found[1, 0]] == [offset] * 3
        assert Gallery(model, [some], setting).scores(nothing).tolist() == [offset]


def _damaged(path: Path, change: str) -> bytes:
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    body = bytearray(content[8 + length :])
    if change == "version":
        words = json.loads(header["__metadata__"]["micfp_fingerprint"])
        header["__metadata__"]["micfp_fingerprint"] = json.dumps(words | {"features_version": 99})
    elif change == "first":
        words = json.loads(header["__metadata__"]["micfp_fingerprint"])
        del words["outlier_sd"], words["content_by_time"]
        header["__metadata__"]["micfp_fingerprint"] = json.dumps(words)
    elif change == "outliers":
        words = json.loads(header["__metadata__"]["micfp_fingerprint"])
        header["__metadata__"]["micfp_fingerprint"] = json.dumps(words | {"outlier_sd": 0})
    elif change == "words":
        header["__metadata__"]["micfp_fingerprint"] = "[" * 50_000
    elif change == "missing":
        header["other"] = header.pop("loud.mean")
    elif change == "shape":
        header["loud.mean"]["shape"] = [2, N_BANDS // 2]
    elif change == "other type":
        header["more"] = {"dtype": "BF16", "shape": [2], "data_offsets": [len(body), len(body) + 4]}
        body += bytes(4)
    elif change == "not finite":
        start = header["content.expected_db"]["data_offsets"][0]
        body[start : start + 4] = np.float32(np.nan).tobytes()
    elif change == "negative":
        start, stop = header["ct.between"]["data_offsets"]
        body[start:stop] = (-np.frombuffer(bytes(body[start:stop]), np.float32)).tobytes()
    elif change == "cut":
        return content[: len(content) // 2]
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(body)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("version", "its features are of version 99, not 2"),
        ("outliers", "Input should be greater than 0"),
        ("words", ""),
        ("missing", "it has no loud.mean"),
        ("shape", "loud.mean has another form"),
        ("not finite", "content.expected_db has another form, or numbers beyond all sense"),
        ("other type", "it holds numbers of the type 'BF16'"),
        ("negative", "ct.between is no covariance"),
        ("cut", ""),
    ],
)
def test_contradictions_are_one_sentence(
    model: FingerprintModel, tmp_path: Path, change: str, reason: str
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, "nothing", path)
    path.write_bytes(_damaged(path, change))
    with pytest.raises(MicfpError, match=r"not a fingerprint model of this version") as raised:
        load_model(path)
    assert reason in str(raised.value)
    assert len(str(raised.value)) < 700


def test_a_model_of_other_features_is_refused(
    model: FingerprintModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, "nothing", path)
    monkeypatch.setattr(vectors_module, "QUIETEST", 0.3)
    with pytest.raises(MicfpError, match="this code takes other features of a sound"):
        load_model(path)


def test_the_shipped_model_belongs_to_the_code() -> None:
    """Loading compares its golden vectors with those of this code; it is small, and usable."""
    assert SHIPPED.stat().st_size < 1_000_000
    loaded = load_model(SHIPPED)
    assert loaded.trained_on.startswith("500 virtual phones")
    rng = np.random.default_rng(1)
    noise = 0.1 * rng.standard_normal((2, 96_000)).astype(np.float32)
    dull = np.stack([np.convolve(one, [0.5, 0.5], "same") for one in noise]).astype(np.float32)
    known = [loaded.model.fingerprint(one, 32_000) for one in (noise[0], dull[0])]
    asked = [loaded.model.fingerprint(one, 32_000) for one in (noise[1], dull[1])]
    for setting in SETTINGS:
        scores = loaded.model.scores(known, asked, setting)
        assert scores.argmax(axis=0).tolist() == [0, 1]


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="no such file"):
        load_model(tmp_path / "none")
    (tmp_path / "large").write_bytes(bytes(5_000_001))
    with pytest.raises(MicfpError, match="at most 5000000"):
        load_model(tmp_path / "large")
    (tmp_path / "pickle").write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(MicfpError, match="not a fingerprint model"):
        load_model(tmp_path / "pickle")
    os.mkfifo(tmp_path / "pipe")  # which would wait for a writer for ever
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(MicfpError, match=r"\(it is no regular file\)"):
            load_model(path)


def test_a_path_may_be_text(model: FingerprintModel, tmp_path: Path) -> None:
    save_model(model, "nothing", tmp_path / "model.safetensors")
    assert load_model(str(tmp_path / "model.safetensors")).trained_on == "nothing"


def test_too_little_sound_and_wild_rates_are_refused(model: FingerprintModel) -> None:
    with pytest.raises(MicfpError, match=r"0.100 s of sound: a fingerprint needs 0.25 s"):
        model.fingerprint(np.zeros(1600, np.float32), 16_000)
    with pytest.raises(MicfpError, match=r"needs a rate of 8000 to 192000 Hz"):
        model.fingerprint(np.zeros(16_000, np.float32), 4000)


def test_quarter_of_a_second_is_said_in_samples(model: FingerprintModel) -> None:
    # 2756 / 11025 is 0.24998: "0.250 s, and 0.25 s are needed" would help nobody.
    with pytest.raises(MicfpError, match=r"2756 samples at 11025 Hz"):
        model.fingerprint(np.zeros(2756, np.float32), 11_025)
    noise = np.random.default_rng(1).standard_normal(2757).astype(np.float32)
    assert model.fingerprint(noise, 11_025).duration_s == pytest.approx(0.25, abs=0.02)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((16_000, 2), np.float32), r"float32 samples of shape \(16000, 2\)"),
        (np.zeros((2, 16_000), np.float32), r"float32 samples of shape \(2, 16000\)"),
        (np.zeros(16_000, np.int16), r"int16 samples"),
        (np.zeros(16_000, np.complex64), r"complex64 samples"),
        (np.float32(1), r"float32 samples of shape \(\)"),
        (np.full(16_000, np.nan, np.float32), "NaN, infinity"),
        (np.r_[np.zeros(16_000), np.nan], "NaN, infinity"),
        (np.r_[np.zeros(16_000), -np.inf], "NaN, infinity"),
        (np.full(16_000, 1e30, np.float32), "beyond all sense"),
    ],
)
def test_samples_of_another_kind_are_refused(
    model: FingerprintModel, samples: np.ndarray, reason: str
) -> None:
    with pytest.raises(MicfpError, match=reason):
        model.fingerprint(samples, 16_000)


@pytest.mark.filterwarnings("error")
def test_beyond_full_scale_only_the_level_is_another(model: FingerprintModel) -> None:
    noise = np.random.default_rng(1).standard_normal(192_000).astype(np.float32)
    some = [model.fingerprint(gain * noise, 192_000) for gain in (np.float32(1), np.float32(1e11))]
    # 1e11: 220 dB.
    assert some[1].vectors - some[0].vectors == pytest.approx(np.full((4, N_BANDS), 220), abs=0.01)
    scores = model.scores(some, some, "other")
    assert np.isfinite(scores).all()
    assert scores[0, 0] == pytest.approx(scores[0, 1], abs=0.1)
