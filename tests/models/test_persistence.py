"""Model files: canonical bytes, equal predictions, and nothing from a stranger's file is run."""

import functools
import io
import json
import operator
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from micfp.config.models import PreparationConfig
from micfp.errors import MicfpError
from micfp.models import persistence
from micfp.models.classical import Fitted, build, fit
from micfp.models.classifiers import CLASSIFIERS, ClassifiersConfig
from micfp.models.classifiers.gb import GbConfig
from micfp.models.classifiers.mlp import MlpConfig
from micfp.models.classifiers.rf import RfConfig

NAMES = tuple(CLASSIFIERS)
SMALL = ClassifiersConfig(
    mlp=MlpConfig(hidden_layer_sizes=(8,), max_iter=20),
    rf=RfConfig(n_estimators=4),
    gb=GbConfig(n_estimators=3),
)


def data(n_classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    labels = np.repeat([f"phone {c}" for c in range(n_classes)], 12)
    X = rng.normal(size=(len(labels), 6)) + 2 * np.repeat(np.eye(6)[:n_classes], 12, axis=0)
    X[3, 2] = np.nan
    return X.astype(np.float32), labels


def fitted(name: str, n_classes: int = 3, **preparation: Any) -> Fitted:
    X, labels = data(n_classes)
    pipeline = build(name, SMALL, PreparationConfig(**preparation), n_classes, seed=42)  # type: ignore[arg-type]
    return fit(pipeline, X, labels)


FIT_ALL = """
import sys
sys.path.insert(0, {folder!r})
import test_persistence as here
from pathlib import Path
names = here.NAMES if {order} > 0 else here.NAMES[::-1]  # another order: other places in memory
for name in names:
    fitted = here.fitted(name, select=5, pca=4)
    here.persistence.save(fitted, Path({target!r}) / (name + ".skops"))
"""


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    running = []
    for order in (1, -1):
        target = tmp_path / str(order)
        target.mkdir()
        code = FIT_ALL.format(folder=str(Path(__file__).parent), order=order, target=str(target))
        environment = {**os.environ, "PYTHONHASHSEED": str(order + 2)}
        running.append(subprocess.Popen([sys.executable, "-c", code], env=environment))
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    for name in NAMES:
        first = (tmp_path / "1" / f"{name}.skops").read_bytes()
        assert first == (tmp_path / "-1" / f"{name}.skops").read_bytes(), name


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_model_comes_back_equal(name: str, n_classes: int, tmp_path: Path) -> None:
    before = fitted(name, n_classes, scaling="minmax" if n_classes == 2 else "standard")
    persistence.save(before, tmp_path / "a.skops")
    after = persistence.load(tmp_path / "a.skops")
    X, _ = data(6)
    np.testing.assert_array_equal(after.log_probabilities(X), before.log_probabilities(X))
    assert after.classes == before.classes
    assert after.warnings == before.warnings
    persistence.save(after, tmp_path / "b.skops")
    assert (tmp_path / "b.skops").read_bytes() == (tmp_path / "a.skops").read_bytes()


@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_every_preparation_comes_back_equal(scaling: str, tmp_path: Path) -> None:
    before = fitted("nb", scaling=scaling, select=5, random_projection=4, pca=3, discriminant=2)
    persistence.save(before, tmp_path / "a.skops")
    after = persistence.load(tmp_path / "a.skops")
    X, _ = data()
    np.testing.assert_array_equal(after.log_probabilities(X), before.log_probabilities(X))


def test_skops_itself_reads_the_file(tmp_path: Path) -> None:
    import skops.io

    before = fitted("rf")
    persistence.save(before, tmp_path / "a.skops")
    trusted = sorted(set().union(*persistence.TYPES.values()))
    model = skops.io.load(tmp_path / "a.skops", trusted=trusted)
    X, _ = data()
    expected = before.pipeline.predict(X)
    np.testing.assert_array_equal(model["pipeline"].predict(X), expected)


# --- what a stranger may send ---------------------------------------------------------------


def refused(path: Path, match: str = "is refused as a model") -> None:
    with pytest.raises(MicfpError, match=match):
        persistence.load(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"RIFF....WAVE", pickle.dumps({"a": 1}), b"PK\x05\x06" + 18 * b"\0"],
    ids=["empty", "zip magic", "audio", "pickle", "empty zip"],
)
def test_no_model_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.skops").write_bytes(content)
    refused(tmp_path / "x.skops")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    refused(tmp_path / "none.skops", match="cannot read the model .*none.skops: No such file")
    refused(tmp_path, match="cannot read the model")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="cannot write the model"):
        persistence.save(fitted("nb"), tmp_path / "no folder" / "a.skops")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk() -> None:
    with pytest.raises(MicfpError, match="No space left on device; free some space and run again"):
        persistence.save(fitted("nb"), Path("/dev/full"))


class Exploit:
    """A pickle of this runs a command."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "x.skops").write_bytes(pickle.dumps(Exploit(f"touch {mark}")))
    refused(tmp_path / "x.skops")
    assert not mark.exists()


@pytest.mark.parametrize(
    "poison",
    [
        functools.partial(os.system, "exit 1"),
        eval,
        os.system,
        operator.methodcaller("mkdir"),
        np.random.default_rng(0),
        slice(1),
        {1, 2},
        b"bytes",
        np.sin,
        Path,
    ],
    # without the address of an object, which differs from worker to worker of pytest-xdist
    ids=lambda poison: repr(poison).partition(" at 0x")[0],
)
def test_a_type_out_of_the_list_is_refused(poison: Any, tmp_path: Path) -> None:
    model = fitted("nb")
    model.pipeline.named_steps["classifier"].extra_ = poison
    with pytest.raises(MicfpError, match=r"cannot be saved: it (holds|has)"):
        persistence.save(model, tmp_path / "x.skops")
    (tmp_path / "x.skops").write_bytes(persistence._import_skops().dumps(model.pipeline))
    refused(tmp_path / "x.skops")


def rewritten(
    path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None], **zip_options: Any
) -> None:
    """Change the schema and the arrays of a model file in place."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members.pop("schema.json"))
    change(schema, members)
    with zipfile.ZipFile(path, "w", **zip_options) as archive:
        archive.writestr("schema.json", json.dumps(schema))
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_command_in_the_schema_is_not_run(tmp_path: Path) -> None:
    """The file names functions that run a command, by each of skops' loaders that could call it."""
    import skops.io._audit

    mark = tmp_path / "mark"
    text = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
    argument = {**text, "content": json.dumps(f"touch {mark}")}
    arguments = {
        "__class__": "tuple",
        "__module__": "builtins",
        "__loader__": "TupleNode",
        "content": [argument],
    }
    loaders = sorted({loader for loader, _ in skops.io._audit.NODE_TYPE_MAPPING})
    assert len(loaders) > 15
    tried = 0
    for loader in loaders:
        for module, name in [("os", "system"), ("builtins", "eval"), ("subprocess", "Popen")]:
            if loader == "JsonNode":  # it builds JSON, whatever type it claims
                continue
            path = tmp_path / "x.skops"
            persistence.save(fitted("nb"), path)
            entry = {
                "__class__": name,
                "__module__": module,
                "__loader__": loader,
                "__reduce__": {"args": arguments},
                "content": arguments,
            }
            rewritten(path, lambda schema, _, e=entry: schema["content"].update(warnings=e))
            refused(path, match=rf"holds {module}.{name} \({loader}\)")
            tried += 1
    assert tried == 3 * (len(loaders) - 1)
    assert not mark.exists()


def test_a_trusted_name_does_not_open_another_loader(tmp_path: Path) -> None:
    """A listed class may not be called as a constructor, only filled with attributes."""
    path = tmp_path / "x.skops"
    persistence.save(fitted("nb"), path)

    def call_it(schema: dict[str, Any], _: dict[str, bytes]) -> None:
        pipeline = schema["content"]["pipeline"]
        pipeline["__loader__"] = "ConstructorFromReduceNode"

    rewritten(path, call_it)
    refused(path, match="Pipeline \\(ConstructorFromReduceNode\\), which no model of micfp has")


def test_a_file_that_would_unfold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.skops"
    persistence.save(fitted("nb"), path)

    def swell(_: dict[str, Any], members: dict[str, bytes]) -> None:
        members["bomb.npy"] = bytes(50_000_000)

    rewritten(path, swell, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    refused(path, match="compressed members")


def test_a_member_twice_and_a_stray_member_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.skops"
    persistence.save(fitted("nb"), path)
    rewritten(path, lambda _, members: members.update({"more.npy": b"1"}))
    refused(path, match="do not belong together")
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("schema.json", "{}")
    refused(path, match="twice")


def npy(header: str, body: bytes) -> bytes:
    """A .npy file of format 1.0: magic, version, length of the header, header, body."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy("{'descr':'<f8','fortran_order':False,'shape':(10**9,)}", b""), "Cannot parse|malf"),
        (npy("{'descr':'<f8','fortran_order':False,'shape':(1000000000000,)}", b""), "the size"),
        (npy("{'descr':'|O','fortran_order':False,'shape':(1,)}", bytes(8)), "the size"),
        (npy("{'descr':'<f8','fortran_order':False,'shape':(1,)}", bytes(7)), "the size"),
        (npy("__import__('os').system('exit 1')", b""), "Cannot parse|malformed"),
        (b"\x93NUMPY\x03\x00", "another format"),
        (b"nothing", "magic"),
    ],
)
def test_an_array_that_lies_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.skops"
    persistence.save(fitted("nb"), path)

    def replace_one(_: dict[str, Any], members: dict[str, bytes]) -> None:
        members[sorted(members)[0]] = content

    rewritten(path, replace_one)
    refused(path, match=reason)


def classifier_of(model: Fitted) -> Any:
    return model.pipeline.named_steps["classifier"]


def coder_of(model: Fitted) -> Any:
    return classifier_of(model).calibrated_classifiers_[0].estimator


def tree_for_output(model: Fitted) -> None:
    """A tree with ways that lead nowhere, in the place of an RBF network's output layer."""
    rbf, rng = classifier_of(model), np.random.default_rng(0)
    tree = DecisionTreeClassifier().fit(
        rng.normal(size=(30, len(rbf.centres_))), 10 * [*model.classes]
    )
    state = tree.tree_.__getstate__()
    state["nodes"]["left_child"][0] = 10**6
    tree.tree_.__setstate__(state)
    rbf.output_ = tree


def unchecked_tree() -> Any:
    """A tree that claims to be the priors that boosting starts from."""
    tree = classifier_of(fitted("dt"))
    tree.class_prior_ = np.full(3, 1 / 3)
    return tree


def bad_tree(model: Fitted, column: str, value: int) -> None:
    """Change the first node of the (first) tree through its state, as a file would."""
    classifier = classifier_of(model)
    tree = getattr(classifier, "tree_", None)
    if tree is None:
        tree = np.ravel(classifier.estimators_)[0].tree_
    state = tree.__getstate__()
    assert state["nodes"]["left_child"][0] > 0, "the case needs a tree that splits"
    state["nodes"][column][0] = value
    tree.__setstate__(state)


def bad_array(model: Fitted, name: str, index: int, value: int) -> None:
    classifier = classifier_of(model)
    if hasattr(classifier, "calibrated_classifiers_"):
        classifier = classifier.calibrated_classifiers_[0].estimator
    getattr(classifier, name)[index] = value


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("dt", lambda m: bad_tree(m, "left_child", 10**6)),
        ("dt", lambda m: bad_tree(m, "right_child", -7)),
        ("dt", lambda m: bad_tree(m, "left_child", 0)),  # a ring: predicting would never end
        ("rf", lambda m: bad_tree(m, "feature", 10**6)),
        ("gb", lambda m: bad_tree(m, "feature", -5)),
        ("gb", lambda m: setattr(classifier_of(m), "n_trees_per_iteration_", 2)),
        ("gb", lambda m: setattr(classifier_of(m), "init_", unchecked_tree())),
        ("rf", lambda m: setattr(classifier_of(m), "estimators_", [classifier_of(fitted("knn"))])),
        ("dt", lambda m: m.pipeline.steps.__setitem__(-1, ("classifier", fitted("dt").pipeline))),
        ("svc", lambda m: bad_array(m, "_n_support", 0, 10**6)),
        ("svc", lambda m: bad_array(m, "_n_support", 0, -1)),
        ("knn", lambda m: bad_array(m, "_y", 0, 10**6)),
        ("knn", lambda m: bad_array(m, "_y", 0, -1)),
        ("knn", lambda m: setattr(classifier_of(m), "n_neighbors", 10**6)),
        ("src", lambda m: bad_array(m, "class_of_row_", 0, 10**6)),
        ("src", lambda m: setattr(coder_of(m), "rows_", np.ones((36, 99)))),
        ("src", lambda m: setattr(coder_of(m), "n_nonzero", 0)),
        ("rbf", tree_for_output),
        ("rbf", lambda m: setattr(classifier_of(m), "output_", classifier_of(fitted("lr", 2)))),
        ("rbf", lambda m: setattr(classifier_of(m), "centres_", np.ones((3, 6)))),
        ("rbf", lambda m: setattr(classifier_of(m), "width_", 0.0)),
        ("gda", lambda m: setattr(coder_of(m), "means_", np.ones((3, 99)))),
        ("gda", lambda m: setattr(coder_of(m), "covariance_", np.ones((2, 2)))),
        ("nb", lambda m: setattr(classifier_of(m), "classes_", np.array(["b", "a", "c"]))),
        ("nb", lambda m: m.pipeline.steps.append(m.pipeline.steps[0])),
        ("nb", lambda m: m.pipeline.steps.reverse()),
    ],
)
def test_arrays_that_compiled_code_would_trust(
    name: str, spoil: Callable[[Fitted], None], tmp_path: Path
) -> None:
    model = fitted(name)
    spoil(model)
    (tmp_path / "x.skops").write_bytes(persistence.to_bytes(model))
    refused(tmp_path / "x.skops", match="contradict|do not belong|its steps|no model of")


def test_another_scikit_learn_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.skops"
    persistence.save(fitted("nb"), path)
    import sklearn

    def older(schema: dict[str, Any], _: dict[str, bytes]) -> None:
        text = json.dumps(schema).replace(sklearn.__version__, "0.24.2")
        schema.update(json.loads(text))

    rewritten(path, older)
    refused(path, match=r"made with scikit-learn 0\.24\.2, and this is 1\.")


@pytest.fixture(scope="module")
def model_bytes() -> bytes:
    return persistence.to_bytes(fitted("dt"))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cut=st.booleans())
def test_a_damaged_file_is_refused_or_unharmed(
    model_bytes: bytes, tmp_path_factory: pytest.TempPathFactory, seed: int, cut: bool
) -> None:
    """Truncated or with one byte changed: an error in one sentence, or the same predictions."""
    rng = np.random.default_rng(seed)
    place = int(rng.integers(len(model_bytes)))
    damaged = bytearray(model_bytes)
    damaged[place] ^= int(rng.integers(1, 256))
    path = tmp_path_factory.mktemp("damaged") / "x.skops"
    path.write_bytes(model_bytes[:place] if cut else bytes(damaged))
    X, _ = data()
    try:
        model = persistence.load(path)
    except MicfpError:
        return
    assert not cut
    expected = fitted("dt").log_probabilities(X)
    np.testing.assert_array_equal(model.log_probabilities(X), expected)


def test_a_deep_schema_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("schema.json", "[" * 100_000 + "]" * 100_000)
    (tmp_path / "x.skops").write_bytes(buffer.getvalue())
    refused(tmp_path / "x.skops")


def test_loading_imports_little_and_restores_what_it_changed(tmp_path: Path) -> None:
    """No walk over all estimators, none of the heavy libraries; scikit-learn is left as it was."""
    path = tmp_path / "x.skops"
    persistence.save(fitted("lda"), path)
    code = f"""
import sys
from pathlib import Path
import sklearn.utils
walk = sklearn.utils.all_estimators
from micfp.models.persistence import load
load(Path({str(path)!r}))
assert sklearn.utils.all_estimators is walk
heavy = {{"torch", "librosa", "matplotlib", "mlflow", "numba", "sklearn.gaussian_process"}}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_numbers_of_a_model_are_those_of_its_arrays() -> None:
    """Nearest neighbours keep what they learned: 36 rows of 6 columns, and what scaled them."""
    X, labels = data()
    pipeline = build("knn", ClassifiersConfig(), PreparationConfig(scaling="none"), 3, 0)
    plain = persistence.number_count(fit(pipeline, X, labels))
    pipeline = build("knn", ClassifiersConfig(), PreparationConfig(), 3, 0)
    scaled = persistence.number_count(fit(pipeline, X, labels))
    assert plain >= 36 * 6 + 36  # rows and their classes
    assert plain < 36 * 6 + 36 + 100
    assert scaled - plain == 3 * 6 + 1  # mean, variance, scale of each column; rows seen
