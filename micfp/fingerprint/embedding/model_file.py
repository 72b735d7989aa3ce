"""A fingerprint model as one file: arrays by name and a few words, no code.

A covariance is kept as its lower triangle in float32, which halves the file. What a stranger's file
says is checked before anything is computed from it.
"""

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from micfp.config.recipe import Factor, OutlierSd, Vector
from micfp.errors import MicfpError, shortened
from micfp.fingerprint.embedding.content import N_GROUPS, ContentModel
from micfp.fingerprint.embedding.fingerprint import fingerprint
from micfp.fingerprint.embedding.fusion import Fusion
from micfp.fingerprint.embedding.model import FingerprintModel, Fused
from micfp.fingerprint.embedding.network import LEAST_DEVIATION_DB, N_FEATURES, Network
from micfp.fingerprint.embedding.scoring import Scorer
from micfp.fingerprint.embedding.spectra import N_BANDS, band_spectra
from micfp.fingerprint.embedding.two_covariance import LEAST_VARIANCE_DB2, TwoCovariance, Within
from micfp.fingerprint.embedding.vectors import VECTORS

FEATURES_VERSION = 2
"""Higher when a vector of the same samples becomes another."""
MOST_BYTES = 5_000_000
SHIPPED = Path(__file__).parents[1] / "default.safetensors"
"""The model that micfp brings along: from virtual phones, made by `snakemake fingerprint`."""
GOLDEN_DB = 0.02
"""How far a vector of the golden sound may be from that of the code that trained the model."""
MATRICES = ("between", "copies", "sessions", "content")
LARGEST_DB2 = 1e6
Arrays = Mapping[str, NDArray[np.float32]]


class _Scorer(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    vector: Vector
    copies: Factor
    sessions: Factor
    kappa: Factor


class _Fused(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    scorers: tuple[_Scorer, ...] = Field(min_length=1, max_length=16)
    weights: tuple[Annotated[float, Field(ge=-1e6, le=1e6)], ...]
    offset: float = Field(ge=-1e6, le=1e6)
    network: bool = False

    @model_validator(mode="after")
    def _each_has_a_weight(self) -> Self:
        if len(self.weights) != len(self.scorers) + self.network:
            raise ValueError("a setting has another number of weights than of scores")
        return self


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    features_version: int
    same: _Fused
    other: _Fused
    # The first files of this version do not say it: they were all trained so.
    outlier_sd: OutlierSd | None = 3.0
    content_by_time: bool = True
    trained_on: str = Field(max_length=10_000)


@dataclass(frozen=True)
class Loaded:
    """A model, and where it comes from.

    Attributes
    ----------
    trained_on
        In the words of who trained it.
    sha256
        Digest of its file, 64 hexadecimal digits: fingerprints of one model compare with each
        other alone.
    """

    model: FingerprintModel
    trained_on: str
    sha256: str


def save_model(model: FingerprintModel, trained_on: str, path: Path) -> None:
    """Write a model; the same model gives the same bytes."""
    from safetensors.numpy import save

    arrays = {
        "content.centroids": model.content.centroids,
        "content.expected_db": model.content.expected_db,
        "content.variance_db2": model.content.variance_db2,
    }
    for name, covariance in model.covariances.items():
        arrays[f"{name}.mean"] = covariance.mean.astype(np.float32)
        for matrix in MATRICES:
            triangle = getattr(covariance, matrix)[np.tril_indices(N_BANDS)]
            arrays[f"{name}.{matrix}"] = triangle.astype(np.float32)
    if model.network is not None:
        arrays |= {f"network.{name}": array for name, array in vars(model.network).items()}
    arrays["golden.vectors"] = golden_vectors(model.content)
    header = _Header(
        features_version=FEATURES_VERSION,
        same=_written(model.settings["same"]),
        other=_written(model.settings["other"]),
        outlier_sd=model.outlier_sd,
        content_by_time=model.content_by_time,
        trained_on=trained_on,
    )
    # Written by Python: of a full disk the library's own writer says it in its own way.
    content = save(
        {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())},
        {"micfp_fingerprint": header.model_dump_json()},
    )
    path.write_bytes(content)


def load_model(path: Path | str) -> Loaded:
    """Read a model; no code in it is run.

    Raises
    ------
    MicfpError
        Where there is none, or none of this version, or one whose arrays contradict each other.
    """
    path = Path(path)
    try:
        header, arrays, sha256 = _read(path)
        if header.features_version != FEATURES_VERSION:
            raise ValueError(
                f"its features are of version {header.features_version}, not {FEATURES_VERSION}"
            )
        model = FingerprintModel(
            _content(arrays),
            {name: _covariance(arrays, name) for name in VECTORS},
            {"same": _read_fused(header.same), "other": _read_fused(header.other)},
            header.outlier_sd,
            header.content_by_time,
            _network(arrays) if header.same.network or header.other.network else None,
        )
        golden = _array(arrays, "golden.vectors", (len(VECTORS), N_BANDS))
        if not np.abs(golden - golden_vectors(model.content)).max() <= GOLDEN_DB:  # NaN, too
            raise ValueError("this code takes other features of a sound than it was trained on")
    except FileNotFoundError:
        raise MicfpError(f"{path}: no such file; give a fingerprint model") from None
    except (ValueError, OSError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise MicfpError(
            f"{path}: not a fingerprint model of this version ({shortened(reason, 300)}); train it "
            "again with `snakemake fingerprint`"
        ) from None
    return Loaded(model, header.trained_on, sha256)


def golden_vectors(content: ContentModel) -> NDArray[np.float32]:
    """Vectors (4, N_BANDS) of a sound that is always the same: noise in three levels, at 32 kHz.

    A model carries those of the code that trained it, so that it is not used with other features.
    """
    noise = np.random.default_rng(1).standard_normal(96_000).astype(np.float32)
    level = np.repeat(np.array([0.1, 0.01, 0.03], np.float32), 32_000)
    return fingerprint(band_spectra(noise * level, 32_000), content).vectors


def _written(fused: Fused) -> _Fused:
    return _Fused(
        scorers=tuple(
            _Scorer.model_validate({"vector": one.vector, **vars(one.within)})
            for one in fused.scorers
        ),
        weights=tuple(fused.fusion.weights.tolist()),
        offset=fused.fusion.offset,
        network=fused.network,
    )


def _read_fused(fused: _Fused) -> Fused:
    scorers = (
        Scorer(one.vector, Within(one.copies, one.sessions, one.kappa)) for one in fused.scorers
    )
    return Fused(tuple(scorers), Fusion(np.array(fused.weights), fused.offset), fused.network)


def _read(path: Path) -> tuple[_Header, Arrays, str]:
    from safetensors import SafetensorError, safe_open
    from safetensors.numpy import load

    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"{status.st_size} bytes, and a model has at most {MOST_BYTES}")
    try:
        with safe_open(path, "np") as file:
            words = (file.metadata() or {}).get("micfp_fingerprint", "")
        content = path.read_bytes()
        arrays: dict[str, Any] = load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    except KeyError as error:  # such as BF16, which numpy does not have
        raise ValueError(f"it holds numbers of the type {error}") from None
    header = _Header.model_validate_json(words or "{}")
    return header, arrays, hashlib.sha256(content).hexdigest()


def _content(arrays: Arrays) -> ContentModel:
    centroids = _array(arrays, "content.centroids", (None, N_GROUPS))
    n_classes = len(centroids)
    variance = _array(arrays, "content.variance_db2", (n_classes, N_BANDS))
    if n_classes == 0 or variance.min() < 0:
        raise ValueError("content has no classes, or a negative variance")
    return ContentModel(
        centroids, _array(arrays, "content.expected_db", (n_classes, N_BANDS)), variance
    )


def _covariance(arrays: Arrays, name: str) -> TwoCovariance:
    matrices = {}
    for matrix in MATRICES:
        triangle = _array(arrays, f"{name}.{matrix}", (N_BANDS * (N_BANDS + 1) // 2,))
        full = np.zeros((N_BANDS, N_BANDS))
        full[np.tril_indices(N_BANDS)] = triangle
        full += np.tril(full, -1).T
        # What float32 rounds off is far below the least eigenvalue that training leaves.
        if np.linalg.eigvalsh(full)[0] < LEAST_VARIANCE_DB2 / 10:
            raise ValueError(f"{name}.{matrix} is no covariance")
        matrices[matrix] = full
    mean = _array(arrays, f"{name}.mean", (N_BANDS,)).astype(np.float64)
    return TwoCovariance(mean, **matrices)


def _network(arrays: Arrays) -> Network:
    vectors = (len(VECTORS), N_BANDS)
    n_hidden, n_dimensions = _array(arrays, "network.last", (None, None), np.float16).shape
    shapes: dict[str, tuple[int, ...]] = {
        "mean_db": vectors,
        "deviation_db": vectors,
        "first": (N_FEATURES, n_hidden),
        "first_bias": (n_hidden,),
        "second": (n_hidden, n_hidden),
        "second_bias": (n_hidden,),
        "last": (n_hidden, n_dimensions),
        "last_bias": (n_dimensions,),
        "slope": (1,),
    }
    found = {
        name: _array(arrays, f"network.{name}", shape, np.float16) for name, shape in shapes.items()
    }
    if found["deviation_db"].min() < LEAST_DEVIATION_DB or found["slope"] < 0:
        raise ValueError("network has a deviation that is none, or a negative slope")
    return Network(**found)


def _array(
    arrays: Arrays, name: str, shape: tuple[int | None, ...], kind: type = np.float32
) -> NDArray[Any]:
    """An array of a shape (None: any length up to 4096) that holds usable numbers."""
    if name not in arrays:
        raise ValueError(f"it has no {name}")
    array = arrays[name]
    fits = array.dtype == kind and len(array.shape) == len(shape)
    fits = fits and all(
        n <= 4096 if wanted is None else n == wanted
        for n, wanted in zip(array.shape, shape, strict=True)
    )
    if (
        not fits
        or not np.isfinite(array).all()
        or float(np.abs(array).max(initial=0)) > LARGEST_DB2
    ):
        raise ValueError(f"{name} has another form, or numbers beyond all sense")
    return array
