"""Model folders of strangers: one sentence, or a model that answers; nothing in them is run.

An attempt puts something else into a folder that is whole. Whatever it is: `load_model` says one
sentence, or gives a model that has an answer for any rows.
"""

import gzip
import io
import json
import os
import pickle
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_methods import fitted as fitted_method
from test_persistence import NAMES, data, fitted

from micfp.errors import MicfpError, printable
from micfp.features.frames import FrameSet, settings_read
from micfp.fingerprint.model import load_model
from micfp.models import persistence
from micfp.models.method_files import save_method

ABOUT: dict[str, Any] = {
    "features": {"families": ["ltas"], "rate_hz": "native", "bands": {"n_bands": 6}},
    "families": None,
    "segments": {"method": "windows"},
    "channel": "mean",
    "target": "device",
    "model": "mine",
    "sample_rates_hz": [32000],
    "codecs": ["pcm_s16"],
}
FRAMES = settings_read(FrameSet(family="log_mel", n_mels=16, n_frames=16))
SENTENCE = 1500


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


@cache
def classifier_files(name: str = "lda") -> dict[str, bytes]:
    """A whole folder of a classifier."""
    return {
        "model.json": json.dumps(ABOUT).encode(),
        "model.skops": persistence.to_bytes(fitted(name)),
        "provenance.json": json.dumps({"corpus": "mine", "made": None}).encode(),
    }


@pytest.fixture(scope="module")
def method_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A whole folder of a network."""
    folder = tmp_path_factory.mktemp("method")
    save_method(fitted_method("plain_cnn")[0], folder)
    about = {name: value for name, value in ABOUT.items() if name not in ("features", "families")}
    (folder / "model.json").write_text(json.dumps(about | {"frames": FRAMES}))
    (folder / "provenance.json").write_bytes(classifier_files()["provenance.json"])
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def attempt(folder: Path) -> str:
    """Load the model and ask it; the sentence that it was refused with, or nothing."""
    started_s = time.monotonic()
    try:
        model = load_model(folder)
    except MicfpError as error:
        said = str(error)
        assert "\n" not in said
        assert 0 < len(said) < SENTENCE
        assert printable(said) == said
        assert "nothing in it" in said or "again" in said or "give --model" in said, said
        return said
    finally:
        assert time.monotonic() - started_s < 10
    shape = (6,) if hasattr(model.fitted, "pipeline") else model.fitted.frames_shape
    rows = np.random.default_rng(1).normal(scale=50, size=(4, *shape)).astype(np.float32)
    log_p = model.fitted.log_probabilities(rows)
    assert log_p.shape == (4, len(model.fitted.classes))
    assert np.isfinite(log_p).all()
    assert model.in_words()
    return ""


def test_whole_folders_are_models(tmp_path: Path, method_files: dict[str, bytes]) -> None:
    for name in NAMES:
        write(tmp_path / name, classifier_files(name))
        assert attempt(tmp_path / name) == ""
    write(tmp_path / "method", method_files)
    assert attempt(tmp_path / "method") == ""


# --- something else in the place of a file --------------------------------------------------------


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def in_memory(dump: Callable[[Any], object]) -> bytes:
    buffer = io.BytesIO()
    dump(buffer)
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    def dump(buffer: Any) -> None:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name.replace("_", "."), content)

    return in_memory(dump)


def tarred(mark: Path) -> bytes:
    def dump(buffer: Any) -> None:
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.addfile(tarfile.TarInfo(f"../{mark.name}"))

    return in_memory(dump)


def object_array(mark: Path) -> Any:
    array = np.empty(1, dtype=object)
    array[0] = Bomb(mark)
    return array


PAYLOADS: dict[str, Callable[[Path], bytes]] = {
    "nothing": lambda mark: b"",
    "a pickle": lambda mark: pickle.dumps(Bomb(mark)),
    "a torch checkpoint": lambda mark: in_memory(lambda file: torch.save(Bomb(mark), file)),
    "a joblib dump": lambda mark: in_memory(lambda file: joblib.dump(Bomb(mark), file)),
    "a pickle in npz": lambda mark: in_memory(lambda file: np.savez(file, a=object_array(mark))),
    "a pickle in npy": lambda mark: in_memory(lambda file: np.save(file, object_array(mark))),
    "a pickle in a model file": lambda mark: zipped(schema_json=pickle.dumps(Bomb(mark))),
    "a zip bomb": lambda mark: zipped(schema_json=bytes(50_000_000)),
    "a gzip bomb": lambda mark: gzip.compress(bytes(50_000_000)),
    "a tar that climbs": tarred,
    "levels of JSON": lambda mark: b'{"a":' * 200_000,
    "a long number": lambda mark: b'{"features": ' + b"9" * 100_000 + b"}",
    "infinity": lambda mark: b'{"features": Infinity, "method": NaN}',
    "a huge tensor": lambda mark: safetensors(F32=([2**40, 2**20], 0, 16)),
    "a huge header": lambda mark: struct.pack("<Q", 2**60) + b"{}",
    "python": lambda mark: f"__import__('os').mkdir({str(mark)!r})".encode(),
}
FILES = [("classifier", name) for name in classifier_files()] + [
    ("method", name) for name in ("model.json", "method.json", "weights.safetensors")
]


def safetensors(**tensors: Any) -> bytes:
    """A file of weights whose header says what it likes: dtype, shape, first and last byte."""
    header = {
        f"t{number}": {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}
        for number, (dtype, (shape, start, stop)) in enumerate(tensors.items())
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(16)


@pytest.mark.parametrize(("kind", "name"), FILES, ids=" ".join)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload(
    payload: str, kind: str, name: str, tmp_path: Path, method_files: dict[str, bytes]
) -> None:
    mark = tmp_path / "ran"
    files = classifier_files() if kind == "classifier" else method_files
    write(tmp_path / "model", files | {name: PAYLOADS[payload](mark)})
    before = {path.name for path in tmp_path.rglob("*")}
    said = attempt(tmp_path / "model")
    assert {path.name for path in tmp_path.rglob("*")} == before
    assert not mark.exists()
    assert name in said or "do not belong together" in said


@pytest.mark.parametrize(("kind", "name"), FILES, ids=" ".join)
def test_what_is_no_file(
    kind: str, name: str, tmp_path: Path, method_files: dict[str, bytes]
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of another person")
    for number, place in enumerate(
        (
            lambda path: None,
            lambda path: path.mkdir(),
            lambda path: os.mkfifo(path),
            lambda path: path.symlink_to("/dev/zero"),
            lambda path: path.symlink_to(path),
            lambda path: path.symlink_to(secret),
            lambda path: path.symlink_to(tmp_path / "gone"),
        )
    ):
        folder = tmp_path / str(number)
        write(folder, classifier_files() if kind == "classifier" else method_files)
        (folder / name).unlink()
        place(folder / name)
        said = attempt(folder)
        assert "of another person" not in said
        # a model may come without what is known of its run
        assert said or (name == "provenance.json" and not (folder / name).exists())


# --- weights, and descriptions --------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        safetensors(F32=([4], 0, 16)),
        safetensors(F32=([5], 0, 16)),
        safetensors(F32=([4], 0, 2**62)),
        safetensors(F32=([4], 16, 0)),
        safetensors(F32=([-4], 0, 16)),
        safetensors(F32=([2**32, 2**32], 0, 16)),
        safetensors(BF16=([8], 0, 16)),
        safetensors(PICKLE=([4], 0, 16)),
        safetensors(F32=([4], 0, 16), F64=([2], 0, 16)),
        safetensors(F32=("four", 0, 16)),
        struct.pack("<Q", 8) + b"[[[[[[[[",
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_weights_that_lie(content: bytes, tmp_path: Path, method_files: dict[str, bytes]) -> None:
    write(tmp_path / "model", method_files | {"weights.safetensors": content})
    assert attempt(tmp_path / "model")


WILD: list[Any] = [
    *(None, True, -1, 0, 1e300, -1e300, 2**70, 10**400, "", "x", "\x1b[31m\n\udcff", "../../etc"),
    *([], {}, [None], [[]], {"a": {"b": []}}, [2**31] * 3, "x" * 100_000, list(range(3000))),
]


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Keys of everything in a description."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*before, name)
            yield from places(inner, (*before, name))


def changed(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    return {**value, place[0]: changed(value[place[0]], place[1:], other)} if place else other


@pytest.mark.parametrize("kind", ["classifier", "method"])
def test_wild_values_in_descriptions(
    kind: str, tmp_path: Path, method_files: dict[str, bytes]
) -> None:
    files = classifier_files() if kind == "classifier" else method_files
    write(tmp_path / "model", files)
    refused = tried = 0
    for name in [name for name in files if name.endswith(".json")]:
        whole = json.loads(files[name])
        wide = {"n_fft": 2048, "hop_samples": 512, "bands": {"n_bands": 6, "max_hz": 16000.0}}
        if name == "model.json" and kind == "classifier":
            whole["features"] |= wide
        for place in places(whole):
            for value in WILD if len(place) < 3 else WILD[::3]:
                text = json.dumps(changed(whole, place, value))
                (tmp_path / "model" / name).write_text(text)
                refused += bool(attempt(tmp_path / "model"))
                tried += 1
        (tmp_path / "model" / name).write_bytes(files[name])
    assert tried > 200
    assert refused > 0.7 * tried


@pytest.mark.parametrize(
    "difference",
    [
        {"features": ABOUT["features"] | {"n_fft": 10**9}},
        {"features": ABOUT["features"] | {"hop_samples": 10**9}},
        {"features": ABOUT["features"] | {"rate_hz": 10**9}},
        {"features": ABOUT["features"] | {"rate_hz": 1}},
        {"features": ABOUT["features"] | {"bands": {"n_bands": 10**9}}},
        {"features": ABOUT["features"] | {"bands": {"n_bands": 6, "max_hz": float("inf")}}},
        {"sample_rates_hz": [10**9]},
        {"sample_rates_hz": []},
        {"segments": {"method": "windows", "windows": {"hop_s": 1e-12}}},
        {"segments": {"max_length_s": 1e-12, "min_length_s": 0}},
        {"families": ["no such family"]},
        {"target": " "},
        {"channel": 10**6},
    ],
    ids=str,
)
def test_settings_beyond_all_sense(difference: dict[str, Any], tmp_path: Path) -> None:
    about = json.dumps(ABOUT | difference).encode()
    write(tmp_path / "model", classifier_files() | {"model.json": about})
    assert "model.json" in attempt(tmp_path / "model")


# --- arrays and numbers that contradict each other ------------------------------------------------


def other_arrays(array: np.ndarray) -> list[np.ndarray]:
    """An array as it should not be: of another shape, type, or content."""
    numbers = array.dtype.kind in "fiu" and array.dtype.names is None
    return [
        array[:-1] if array.ndim else array[None],
        array[None],
        array.reshape(-1),
        array[..., None],
        np.concatenate([array, array]) if array.ndim else array.reshape(1, 1),
        np.zeros(0, array.dtype),
        array.astype(np.float32) if numbers else array,
        np.full_like(array, np.nan if array.dtype.kind == "f" else 99) if numbers else array,
        np.full_like(array, 10**9) if numbers and array.itemsize > 3 else array,
    ]


def texts_of(part: Any) -> Iterator[dict[str, Any]]:
    """The entries of a model file's schema that hold a number, a truth value or a text."""
    for entry in persistence._entries(part):
        if entry["__loader__"] == "JsonNode" and "content" in entry:
            yield entry


def archive_of(schema: Any, arrays: dict[str, bytes]) -> bytes:
    def dump(buffer: Any) -> None:
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("schema.json", json.dumps(schema))
            for name, content in arrays.items():
                archive.writestr(name, content)

    return in_memory(dump)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_and_numbers_that_contradict(name: str, tmp_path: Path) -> None:
    """They are refused when the model is loaded, or the model answers as any other."""
    rng = np.random.default_rng(5)
    whole = classifier_files(name)
    write(tmp_path / "model", whole)
    with zipfile.ZipFile(io.BytesIO(whole["model.skops"])) as archive:
        arrays = {member: archive.read(member) for member in archive.namelist()}
    schema = arrays.pop("schema.json")
    said = []
    for _ in range(30):
        member = str(rng.choice(sorted(arrays)))
        array = np.load(io.BytesIO(arrays[member]), allow_pickle=False)
        other = other_arrays(array)[rng.integers(9)]
        content = in_memory(lambda file, other=other: np.save(file, other, allow_pickle=False))
        changed_file = archive_of(json.loads(schema), arrays | {member: content})
        (tmp_path / "model" / "model.skops").write_bytes(changed_file)
        said.append(attempt(tmp_path / "model"))
    wild = ["-1", "0", "1000000000", "null", '"x"', "[]", "1e308", "true", "NaN", "{}", "9" * 5000]
    for _ in range(30):
        another = json.loads(schema)
        entries = list(texts_of(another))
        entries[rng.integers(len(entries))]["content"] = str(rng.choice(wild))
        (tmp_path / "model" / "model.skops").write_bytes(archive_of(another, arrays))
        said.append(attempt(tmp_path / "model"))
    assert any(said)


@settings(max_examples=150, deadline=None)
@given(
    place=st.sampled_from(list(places(ABOUT))),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["n_fft", "method", "bands"]), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
def test_any_description_gives_a_model_or_a_sentence(
    place: tuple[Any, ...], value: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any") / "model"
    about = json.dumps(changed(ABOUT, place, value)).encode()
    write(folder, classifier_files() | {"model.json": about})
    attempt(folder)


def test_rows_of_the_tests_are_those_of_the_models() -> None:
    assert data()[0].shape[1] == ABOUT["features"]["bands"]["n_bands"]
