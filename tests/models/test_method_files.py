"""Files of methods: read back as written, refused in a sentence, and the same numbers as ONNX."""

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import soundfile as sf
import torch
from coloured_frames import DEVICES, TEST
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from test_methods import KINDS, fitted, frames_of

from micfp.errors import MicfpError
from micfp.features.frames import FrameSet, frame_matrix
from micfp.models.frame_inputs import FrameInputs
from micfp.models.method_config import MethodConfig
from micfp.models.method_files import (
    ABOUT,
    CLASSIFIER,
    WEIGHTS,
    export_onnx,
    load_method,
    save_method,
)
from micfp.models.methods import FittedMethod, untrained

each = pytest.mark.parametrize("kind", KINDS)


def saved(kind: str, folder: Path) -> Path:
    folder.mkdir()
    save_method(fitted(kind)[0], folder)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- written and read -----------------------------------------------------------------------------


@each
def test_a_method_is_read_as_it_was_written(kind: str, tmp_path: Path) -> None:
    made, _ = fitted(kind)
    read = load_method(saved(kind, tmp_path / "one"))
    frames = frames_of(kind)[TEST]
    np.testing.assert_array_equal(read.log_probabilities(frames), made.log_probabilities(frames))
    assert (read.method, read.classes, read.frames_shape) == (
        *(made.method, made.classes, made.frames_shape),
    )
    assert read.frame_inputs.names == made.frame_inputs.names
    assert read.parameter_count() == made.parameter_count()
    # written again it is the same bytes
    (tmp_path / "two").mkdir()
    save_method(read, tmp_path / "two")
    assert files(tmp_path / "two") == files(tmp_path / "one")
    expected = {ABOUT, WEIGHTS} | ({CLASSIFIER} if made.fitted is not None else set())
    assert files(tmp_path / "one").keys() == expected


def test_what_is_written_is_what_a_person_can_read(tmp_path: Path) -> None:
    folder = saved("multi_feature_fusion", tmp_path / "m")
    about = json.loads((folder / ABOUT).read_text())
    assert (about["classes"], about["frames_shape"]) == (list(DEVICES), [16, 12])
    assert about["method"]["network"] == "multi_feature_fusion"
    names = {name.partition(".")[0] for name in load_file(folder / WEIGHTS)}
    assert names == {"front", "network", "shift", "scale"}


# --- refused --------------------------------------------------------------------------------------


def refused(folder: Path) -> str:
    with pytest.raises(MicfpError) as raised:
        load_method(folder)
    said = str(raised.value)
    assert str(folder) in said
    assert "\n" not in said
    return said


def rewritten(folder: Path, **changed: Any) -> None:
    """The weights with others in the place of some; None takes one out."""
    arrays = {n: a for n, a in load_file(folder / WEIGHTS).items() if n not in changed}
    save_file(arrays | {n: a for n, a in changed.items() if a is not None}, folder / WEIGHTS)


def about_is(folder: Path, **changed: Any) -> None:
    about = json.loads((folder / ABOUT).read_text()) | changed
    (folder / ABOUT).write_text(json.dumps(about))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert f"{tmp_path}: no method there (no method.json)" in refused(tmp_path)
    folder = saved("plain_rnn", tmp_path / "m")
    (folder / WEIGHTS).unlink()
    assert f"{folder / WEIGHTS}: there is no such file" in refused(folder)
    folder = saved("gsv", tmp_path / "n")
    (folder / CLASSIFIER).unlink()
    assert f"cannot read the model {folder / CLASSIFIER}" in refused(folder)


@pytest.mark.parametrize("kept", [0, 7, 200, -1])
def test_weights_that_were_cut_short(kept: int, tmp_path: Path) -> None:
    folder = saved("plain_rnn", tmp_path / "m")
    (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:kept])
    assert f"{folder / WEIGHTS}: damaged" in refused(folder)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"nothing of the kind"]
)
def test_damaged_description(content: bytes, tmp_path: Path) -> None:
    folder = saved("plain_rnn", tmp_path / "m")
    (folder / ABOUT).write_bytes(content)
    assert f"{folder / ABOUT}: damaged" in refused(folder)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": None},
        {"method": {"frames": "f", "network": "no such network"}},
        {"method": {"frames": "f"}},
        {"classes": 3},
        {"classes": ["a", "b"]},
        {"classes": []},
        {"frames_shape": [16]},
        {"frames_shape": [16, 13]},
        {"frames_shape": [1e300, 12]},
        {"frames_shape": [10**12, 12]},
        {"frames_shape": [16, 0]},
        {"classes": ["b", "a", "c"]},
        {"classes": ["a", "a", "b"]},
        {"classes": [1, 2, 3]},
        {"frames_shape": [-16, 12]},
        {"frames_shape": "16"},
    ],
    ids=str,
)
def test_description_that_does_not_fit(changed: dict[str, Any], tmp_path: Path) -> None:
    folder = saved("plain_rnn", tmp_path / "m")
    about_is(folder, **changed)
    assert f"{folder}: {ABOUT} and {WEIGHTS} do not belong together" in refused(folder)


def test_description_that_is_no_mapping(tmp_path: Path) -> None:
    folder = saved("plain_rnn", tmp_path / "m")
    (folder / ABOUT).write_text('["method"]')
    assert "do not belong together" in refused(folder)


@each
def test_description_of_another_method(kind: str, tmp_path: Path) -> None:
    """Every other kind's description with this kind's numbers."""
    folder = saved(kind, tmp_path / "m")
    own = (folder / ABOUT).read_bytes()
    for other in KINDS.keys() - {kind}:
        there = saved(other, tmp_path / other)
        shutil.copy(there / ABOUT, folder / ABOUT)
        said = refused(folder)
        assert "do not belong together" in said or CLASSIFIER in said, other
    (folder / ABOUT).write_bytes(own)
    load_method(folder)


def test_a_network_larger_than_its_file_is_not_made(tmp_path: Path) -> None:
    """A description of a few bytes that asks for hundreds of gigabytes."""
    folder = saved("cross_scale", tmp_path / "m")
    method = json.loads((folder / ABOUT).read_text())["method"]
    about_is(folder, method=method | {"units": 10**6, "blocks": ["transformer"]})
    assert "and should be" in refused(folder)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("plain_rnn", "network.head.bias"),
        ("plain_rnn", "shift.0"),
        ("plain_rnn", "scale.0"),
        ("plain_cnn", "network.maps.0.2.running_mean"),
        ("gsv", "front.mixture.weights"),
        ("gsv", "front.mixture.means"),
        ("multi_feature_fusion", "front.total"),
        ("multi_feature_fusion", "shift.2"),
        ("bottleneck", "network.encoder.1.weight"),
        ("likelihood", "mixtures.1.variances"),
        ("codebook", "codebooks.words"),
        ("codebook", "codebooks.shift"),
    ],
)
def test_an_array_that_is_missing_or_of_another_shape(kind: str, name: str, tmp_path: Path) -> None:
    folder = saved(kind, tmp_path / "m")
    own = load_file(folder / WEIGHTS)[name]
    rewritten(folder, **{name: None})
    assert f"{name} is not there and should be {own.shape}" in refused(folder)
    for other in (own[:-1], own[None], own.reshape(-1)[:1], np.zeros(0, own.dtype)):
        rewritten(folder, **{name: np.ascontiguousarray(other)})
        assert f"{name} is {other.shape} and should be {own.shape}" in refused(folder)
    rewritten(folder, **{name: own, "network.more": own})
    assert "network.more is" in refused(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("plain_rnn", "network.gru.weight_hh_l0"),
        ("gsv", "front.mixture.means"),
        ("likelihood", "mixtures.0.weights"),
        ("gsv_cnn", "shift.0"),
    ],
)
def test_weights_that_are_no_numbers(kind: str, name: str, value: float, tmp_path: Path) -> None:
    folder = saved(kind, tmp_path / "m")
    array = load_file(folder / WEIGHTS)[name]
    array.flat[-1] = value
    rewritten(folder, **{name: array})
    assert f"{folder / WEIGHTS}: {name} holds what is no number" in refused(folder)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("plain_rnn", "scale.0", 0.0),
        ("plain_rnn", "scale.0", -1.0),
        ("gsv", "front.mixture.variances", 0.0),
        ("likelihood", "mixtures.2.weights", -1.0),
        ("codebook", "codebooks.scale", 0.0),
        ("codebook", "codebooks.distortion", -1.0),
    ],
)
def test_numbers_that_cannot_be(kind: str, name: str, value: float, tmp_path: Path) -> None:
    folder = saved(kind, tmp_path / "m")
    array = load_file(folder / WEIGHTS)[name]
    array.flat[0] = value
    rewritten(folder, **{name: array})
    assert "above 0" in refused(folder)


def test_numbers_of_a_kind_that_numpy_has_not(tmp_path: Path) -> None:
    from safetensors.torch import save_file as save_tensors

    folder = saved("plain_rnn", tmp_path / "m")
    for kind in (torch.bfloat16, torch.float8_e4m3fn):
        save_tensors({"shift.0": torch.zeros(12, dtype=kind)}, folder / WEIGHTS)
        assert f"{folder / WEIGHTS}: damaged" in refused(folder)


def test_no_code_is_run(tmp_path: Path) -> None:
    """Pickles in the place of every file; each would write a file if it were read as one."""
    for number, name in enumerate((WEIGHTS, CLASSIFIER, ABOUT)):
        folder = saved("gsv", tmp_path / name)
        ran = tmp_path / f"ran-{number}"
        torch.save(Bomb(ran), folder / name)
        assert name in refused(folder)
        (folder / name).write_bytes(pickle.dumps(Bomb(ran)))
        assert name in refused(folder)
        assert not ran.exists()
        pickle.loads((folder / name).read_bytes())
        assert ran.exists()  # it is a pickle that would have


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


# --- ONNX -----------------------------------------------------------------------------------------


def by_onnx(made: FittedMethod, frames: NDArray[np.float32], path: Path) -> NDArray[np.float32]:
    """Logits of frames by ONNX Runtime, from the method's inputs as they are made."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [given.name for given in session.get_inputs()] == list(made.frame_inputs.names)
    values = made.frame_inputs.transform(frames)
    (logits,) = session.run(None, dict(zip(made.frame_inputs.names, values, strict=True)))
    return logits  # type: ignore[no-any-return]


def by_torch(made: FittedMethod, frames: NDArray[np.float32]) -> NDArray[np.float32]:
    network: Any = made.network
    values = made.frame_inputs.transform(frames)
    standard = [
        torch.from_numpy((v - shift) / scale)
        for v, shift, scale in zip(values, made.shift, made.scale, strict=True)
    ]
    with torch.no_grad():
        return network(*standard).numpy()  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "network" in KINDS[kind]])
def test_onnx_gives_what_pytorch_gives(kind: str, tmp_path: Path) -> None:
    made, _ = fitted(kind)
    export_onnx(made, tmp_path / "network.onnx")
    for rows in (1, 3, 2):
        frames = frames_of(kind)[TEST[:rows]]
        expected = by_torch(made, frames)
        assert expected.shape == (rows, 3)
        found = by_onnx(made, frames, tmp_path / "network.onnx")
        np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.slow
def test_onnx_of_the_papers_network_on_real_segments(shared_data: Path, tmp_path: Path) -> None:
    """Its shape and 45 classes, weights as they are drawn, three recordings of 10 s."""
    paths = sorted((shared_data / "ccnu_mobile").glob("*_1.wav"))[:3]
    if len(paths) < 3:
        pytest.skip("no CCNU_Mobile recordings in the test data")
    settings = FrameSet(family="timing_tandem")
    frames = np.stack([frame_matrix(*sf.read(p, dtype="float32"), settings) for p in paths])
    assert frames.shape == (3, 128, 73)
    method = MethodConfig(frames="timing_tandem", network="cross_scale")
    classes = tuple(f"phone {number:02d}" for number in range(45))
    flat = frames.reshape(-1, 73)
    made = FittedMethod(
        method,
        FrameInputs(("frames",), 10.0),
        classes,
        (128, 73),
        (flat.mean(axis=0),),
        (flat.std(axis=0),),
        untrained(method, (128, 73), 45, seed=0).eval(),
    )
    export_onnx(made, tmp_path / "network.onnx")
    for rows in (1, 3):
        expected = by_torch(made, frames[:rows])
        assert expected.shape == (rows, 45)
        found = by_onnx(made, frames[:rows], tmp_path / "network.onnx")
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
    assert np.ptp(expected, axis=0).max() > 1e-3  # not the same for all


@pytest.mark.parametrize("kind", ["gsv", "bottleneck", "likelihood"])
def test_only_networks_become_onnx(kind: str, tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="only a network can be written as ONNX"):
        export_onnx(fitted(kind)[0], tmp_path / "network.onnx")
