"""Model files: skops archives with canonical bytes, read against a closed list of types.

Writing: skops numbers objects by their place in memory and dates the members of the zip. Here array
files are named by their content, numbers and dates are fixed, so that the same model is the same
bytes in every process.

Reading: a model file may come from a stranger. It must not run code, and must not make compiled
code read outside of its arrays. So a file is read once, and before skops builds anything every
entry of its schema must be of a type in TYPES and of the loader that belongs to it; what the file
itself declares is never asked. All members are stored uncompressed, so that nothing can unfold into
more than the file's own size. After building, numbers that scikit-learn's compiled code uses as
addresses (tree children, support vectors, neighbour labels) are checked.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import io
import json
import math
import re
import stat
import sys
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from micfp.errors import MicfpError, shortened, shown
from micfp.models.classical import Fitted
from micfp.models.classifiers import CLASSIFIERS, DECLARED_BY_TYPE, type_name

SCHEMA = "schema.json"
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
ARRAY_NAME = re.compile(r"[0-9a-f]{32}\.npy")
TRUSTED_BY_SKOPS = "skops.io._trusted_types"
TRUSTED_LISTS = (
    "CONTAINER_TYPE_NAMES",
    "NUMPY_DTYPE_TYPE_NAMES",
    "NUMPY_RANDOM_BIT_GENERATOR_TYPE_NAMES",
    "NUMPY_UFUNC_TYPE_NAMES",
    "PRIMITIVE_TYPE_NAMES",
    "SCIPY_UFUNC_TYPE_NAMES",
    "SKLEARN_ESTIMATOR_TYPE_NAMES",
    "SKLEARN_INTERNAL_TYPE_NAMES",
)
STEPS = (
    *("finite", "varying", "scaling", "select", "random_projection", "pca", "discriminant"),
    "classifier",
)

KINDS_OF_STEPS = {
    "finite": {"NonFiniteToZero", "NonFiniteToNan"},
    "varying": {"VarianceThreshold"},
    "scaling": {"StandardScaler", "MinMaxScaler"},
    "select": {"MostInformative"},
    "random_projection": {"RandomProjection"},
    "pca": {"PrincipalComponents"},
    "discriminant": {"Discriminants"},
}

# What a model file may hold: skops' loaders, and the types that each may build.
DATA_TYPES = {
    "DictNode": {"builtins.dict"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "JsonNode": {"builtins.str"},
    "TypeNode": {"builtins.str"},  # the type of the keys of a dict
    "NdArrayNode": {"numpy.ndarray", "numpy.float64", "numpy.int64"},
}
PIPELINE_TYPES = {
    "ObjectNode": {
        "micfp.models.preparation.Discriminants",
        "micfp.models.preparation.MostInformative",
        "micfp.models.preparation.NonFiniteToNan",
        "micfp.models.preparation.NonFiniteToZero",
        "micfp.models.preparation.PrincipalComponents",
        "micfp.models.preparation.RandomProjection",
        "sklearn.decomposition._pca.PCA",
        "sklearn.feature_selection._variance_threshold.VarianceThreshold",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.MinMaxScaler",
        "sklearn.preprocessing._data.StandardScaler",
    },
}
CALIBRATION_TYPES = {
    "ObjectNode": {
        "sklearn.calibration.CalibratedClassifierCV",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._TemperatureScaling",
    }
}
_ALL_TYPES: tuple[Mapping[str, set[str]], ...] = (
    *(DATA_TYPES, PIPELINE_TYPES, CALIBRATION_TYPES, {"ObjectNode": {*DECLARED_BY_TYPE}}),
    *(declared.types for declared in CLASSIFIERS.values()),
)
TYPES = {
    loader: set[str]().union(*(types.get(loader, ()) for types in _ALL_TYPES))
    for loader in (*DATA_TYPES, "ObjectNode", "RandomStateNode", "TreeNode", "LossNode")
}


def save(fitted: Fitted, path: Path) -> None:
    """Write a model file; the same model gives the same bytes in every process.

    Raises
    ------
    MicfpError
        where the file cannot be written, or the model holds a type that `load` would refuse
    """
    content = to_bytes(fitted)
    try:
        _check_archive(content)
    except ValueError as error:
        raise MicfpError(f"the model for {path} cannot be saved: {error}") from error
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "; free some space and run again" if full else ""
        reason = error.strerror or error
        raise MicfpError(f"cannot write the model {path}: {reason}{advice}") from error


def load(path: Path) -> Fitted:
    """Read a model file, which runs no code from it.

    Raises
    ------
    MicfpError
        missing, damaged, no model file, of another version of scikit-learn, or with a type that is
        not in TYPES
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError("it is no regular file")
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise MicfpError(
            f"cannot read the model {path}: {reason}; fetch it again, or fit it again"
        ) from error
    try:
        return _read(content)
    except Exception as error:  # whatever the file of a stranger brings about
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise MicfpError(
            f"{path} is refused as a model: {shortened(reason, 300)}; nothing in it was run. Train "
            "it again, or fetch it again from where it came"
        ) from error


def to_bytes(fitted: Fitted) -> bytes:
    """The bytes of a model file."""
    skops_io = _import_skops()
    model = {
        "pipeline": fitted.pipeline,
        "classes": list(fitted.classes),
        "warnings": list(fitted.warnings),
    }
    return _canonical(skops_io.dumps(model))


def number_count(fitted: Fitted) -> int:
    """How many numbers the arrays of a model's file hold."""
    with zipfile.ZipFile(io.BytesIO(to_bytes(fitted))) as archive:
        arrays = [name for name in archive.namelist() if ARRAY_NAME.fullmatch(name)]
        return sum(
            int(np.load(io.BytesIO(archive.read(name)), allow_pickle=False).size) for name in arrays
        )


def _canonical(dumped: bytes) -> bytes:
    """The same skops archive without places in memory and dates."""
    with zipfile.ZipFile(io.BytesIO(dumped)) as archive:
        schema = json.loads(archive.read(SCHEMA))
        arrays: dict[str, bytes] = {}
        for entry in _entries(schema):
            # Objects are told apart by where they stand in the tree; skops needs no numbers for
            # that, and shared objects are written out each time anyway.
            entry.pop("__id__", None)
            if "file" in entry:
                content = archive.read(entry["file"])
                if entry["__loader__"] == "NdArrayNode":
                    content = _canonical_array(content)
                entry["file"] = hashlib.sha256(content).hexdigest()[:32] + ".npy"
                arrays[entry["file"]] = content
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        members = {SCHEMA: json.dumps(schema, separators=(",", ":")).encode(), **arrays}
        for name in sorted(members):
            member = zipfile.ZipInfo(name, FIXED_DATE)
            member.create_system = 3  # as on Unix, wherever it is written
            member.external_attr = 0o644 << 16
            archive.writestr(member, members[name])
    return buffer.getvalue()


def _canonical_array(content: bytes) -> bytes:
    """The same .npy file; the nodes of a tree without what memory held between their fields."""
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    # scikit-learn sets this field where a node splits, and leaves it as memory was in a leaf.
    clean["missing_go_to_left"][clean["left_child"] == -1] = 0
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _entries(part: Any) -> list[dict[str, Any]]:
    """Every entry of a schema that names a loader, however deep, in the order of the file."""
    entries, waiting = [], [part]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "__loader__" in part:
                entries.append(part)
            waiting.extend(reversed(part.values()))
        elif isinstance(part, list):
            waiting.extend(reversed(part))
    return entries


def _read(content: bytes) -> Fitted:
    """Check, build, check again."""
    _check_archive(content)
    from sklearn import __version__
    from sklearn.exceptions import InconsistentVersionWarning

    trusted = sorted(set().union(*TYPES.values()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = _import_skops().loads(content, trusted=trusted)
    for warning in caught:
        if isinstance(warning.message, InconsistentVersionWarning):
            made_with = warning.message.original_sklearn_version
            if made_with.split(".")[:2] != __version__.split(".")[:2]:
                raise ValueError(
                    f"it was made with scikit-learn {made_with}, and this is {__version__}"
                )
    if not isinstance(model, dict) or set(model) != {"pipeline", "classes", "warnings"}:
        raise ValueError("it holds something else than a model")
    classes, odd = checked_classes(model["classes"]), model["warnings"]
    if not isinstance(odd, list) or not all(isinstance(warning, str) for warning in odd):
        raise ValueError("its warnings are no texts")
    fitted = Fitted(model["pipeline"], classes, tuple(odd))
    _check_steps(fitted, len(content))
    _check_classifier(fitted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_answer(fitted, (fitted.pipeline.n_features_in_,))
    return fitted


def _import_skops() -> ModuleType:
    """skops.io, imported without its own list of trusted types, which takes seconds to make.

    Making it walks through every estimator of scikit-learn and all of numpy: 1.8 s where the rest
    takes 0.2 s, and skops 0.16 has no way to leave it out. Ours stands in its place; what else uses
    skops in the same process later sees only the types that it names itself.
    """
    if "skops.io" not in sys.modules:
        none_trusted = ModuleType(TRUSTED_BY_SKOPS)
        for name in TRUSTED_LISTS:
            setattr(none_trusted, name, [])
        sys.modules[TRUSTED_BY_SKOPS] = none_trusted
        try:
            importlib.import_module("skops.io")
        finally:
            del sys.modules[TRUSTED_BY_SKOPS]
    return sys.modules["skops.io"]


def _check_archive(content: bytes) -> None:
    """Everything that can be known of a model file before anything is built from it."""
    if not content.startswith(b"PK\x03\x04"):
        raise ValueError("empty file" if not content else "not a model file (no zip archive)")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("it has compressed members, which micfp does not write")
        if sum(member.file_size for member in members) > len(content):
            raise ValueError("its members claim more bytes than the file has")
        if SCHEMA not in names or len(set(names)) < len(names):
            raise ValueError(f"it has no {SCHEMA}, or names a member twice")
        schema = json.loads(archive.read(SCHEMA))
        files = _check_schema(schema)
        if files != set(names) - {SCHEMA}:
            raise ValueError("its schema and its members do not belong together")
        for name in files:
            _check_array_file(name, archive.read(name))


def _check_schema(schema: Any) -> set[str]:
    """Refuse any type out of TYPES; the names of the array files that the schema asks for."""
    files = set()
    for entry in _entries(schema):
        loader, kind = entry["__loader__"], f"{entry['__module__']}.{entry['__class__']}"
        if kind not in TYPES.get(loader, ()):
            raise ValueError(f"it holds {kind} ({loader}), which no model of micfp has")
        if loader == "TreeNode":
            # scikit-learn reads as many numbers of classes as this says there are outputs.
            outputs = entry["__reduce__"]["args"]["content"][2]
            if outputs["__loader__"] != "JsonNode" or outputs["content"] != "1":
                raise ValueError("it holds a tree of several outputs")
        if "file" in entry:
            files.add(entry["file"])
    return files


def _check_array_file(name: str, content: bytes) -> None:
    """Refuse an array that is not plain numbers or text, or whose header promises another size."""
    if not ARRAY_NAME.fullmatch(name):
        raise ValueError(f"it has a member {name!r}, which micfp does not write")
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError(f"its array {name} is of another format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    promised = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or promised != len(content) - file.tell():
        raise ValueError(f"its array {name} does not have the size that its header promises")


def checked_classes(classes: Any) -> tuple[str, ...]:
    """Names of classes that a file gives, as they are; ValueError for what no model has."""
    texts = isinstance(classes, list) and all(isinstance(name, str) for name in classes)
    if not texts or len(classes) < 2 or sorted(set(classes)) != classes:
        raise ValueError(f"its classes are {shown(classes)}, and not different names in order")
    return tuple(classes)


def _check_steps(fitted: Fitted, n_bytes: int) -> None:
    """Refuse other steps than `preparation_steps` gives, and more columns than arrays can have."""
    steps = [(name, type(step).__name__) for name, step in fitted.pipeline.steps]
    names = [name for name, _ in steps]
    if names != [name for name in STEPS if name in names] or names[-1:] != ["classifier"]:
        raise ValueError("its steps are not those of a model")
    if names[:2] != ["finite", "varying"]:
        raise ValueError("its steps do not begin with those of a model")
    if any(kind not in KINDS_OF_STEPS[name] for name, kind in steps[:-1]):
        raise ValueError("its steps are of other kinds than those of a model")
    n_columns = fitted.pipeline.n_features_in_
    if not isinstance(n_columns, int) or not 0 < n_columns <= n_bytes:
        raise ValueError(f"it says that it has {shown(n_columns)} columns")


def _check_classifier(fitted: Fitted) -> None:
    """Refuse arrays that compiled code would trust; then it is safe to predict with."""
    classes, classifier = list(fitted.classes), fitted.pipeline.steps[-1][1]
    if list(classifier.classes_) != classes:
        raise ValueError("its classes do not belong to its classifier")
    calibrated = type(classifier).__name__ == "CalibratedClassifierCV"
    estimators = [classifier]
    if calibrated:
        estimators = [part.estimator for part in classifier.calibrated_classifiers_]
    for estimator in estimators:
        declared = DECLARED_BY_TYPE.get(type_name(estimator))
        if declared is None or declared.calibrated != calibrated:
            raise ValueError(f"no model of micfp is a {type_name(estimator)}")
        declared.check(estimator, classes)


def check_answer(fitted: Any, shape: tuple[int, ...]) -> None:
    """Ask a model about a few rows of this shape, as arrays that do not fit together fail then.

    Raises whatever comes, and ValueError for an answer that is none.
    """
    rows = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    for n_rows in (2, 3):  # an array may by chance fit to one number of rows
        log_p = fitted.log_probabilities(rows[:n_rows])
        if log_p.shape != (n_rows, len(fitted.classes)) or not np.isfinite(log_p).all():
            raise ValueError("its arrays give no probabilities")
