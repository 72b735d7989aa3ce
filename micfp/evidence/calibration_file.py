"""A calibration as one JSON file: numbers and words, no code; checked before it is used."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from micfp.errors import MicfpError, shortened
from micfp.evidence.bounds import Bounds
from micfp.evidence.calibration import Calibrated, Calibration, Population, Validated
from micfp.evidence.logistic import Logistic
from micfp.evidence.strangers import Strangers
from micfp.written import written_whole

VERSION = 1
MOST_BYTES = 2_000_000
DIGITS = 6
"""Of a number in the file: far more than what is drawn anew changes."""
Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Words = Annotated[str, Field(max_length=2000)]
Share = Annotated[float, Field(ge=0, le=1)]
Row = Annotated[tuple[Number, ...], Field(min_length=1, max_length=16)]
Spread = Annotated[float, Field(ge=1e-9, le=1e6)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Logistic(_Strict):
    centre: Row
    spread: tuple[Spread, ...]
    slope: Row
    offset: Row


class _Bounds(_Strict):
    lower: float = Field(ge=-100, le=0)
    upper: float = Field(ge=0, le=100)
    why: Words


class _Strangers(_Strict):
    logistic: _Logistic
    threshold: float = Field(ge=-100, le=100)
    per_decade: float = Field(default=0.0, ge=-100, le=100)


class _Calibrated(_Strict):
    logistic: _Logistic
    slopes: tuple[Row, ...] = Field(min_length=1, max_length=2000)
    offsets: tuple[Row, ...] = Field(min_length=1, max_length=2000)
    bounds: _Bounds
    matched: _Logistic
    strangers: _Strangers


class _Validated(_Strict):
    corpus: Words
    condition: Words
    sitting: Words
    test_s: float = Field(gt=0, le=1e6)
    n_devices: int = Field(ge=0)
    n_same: int = Field(ge=0)
    n_different: int = Field(ge=0)
    cllr: float = Field(ge=0, le=1e6)
    cllr_min: float = Field(ge=0, le=1e6)
    eer: Share
    misleading_10: Share
    misleading_100: Share


class _File(_Strict):
    version: int
    name: str = Field(min_length=1, max_length=100)
    model_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    made_of: Words
    proposition: str = Field(pattern=r"^(model|unit)$")
    population: Words
    sittings: dict[str, _Calibrated] = Field(min_length=1, max_length=8)
    narrower: dict[Population, dict[str, _Calibrated]] = Field(default={}, max_length=2)
    validated: tuple[_Validated, ...] = Field(max_length=10_000)


class _Version(BaseModel):
    version: int


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write it, whole or not at all; the same calibration gives the same bytes.

    Raises
    ------
    MicfpError
        A name or another value that no calibration may have; a folder that cannot be written to.
    """
    try:
        content = _File(
            version=VERSION,
            name=calibration.name,
            model_sha256=calibration.model_sha256,
            made_of=calibration.made_of,
            proposition=calibration.proposition,
            population=calibration.population,
            sittings=_written_each(calibration.sittings),
            narrower={name: _written_each(some) for name, some in calibration.narrower.items()},
            validated=tuple(_Validated.model_validate(vars(one)) for one in calibration.validated),
        )
        text = content.model_dump_json(indent=1) + "\n"
    except ValidationError as error:
        raise MicfpError(f"{path}: no calibration could be written ({_reason(error)})") from None
    with written_whole(path, "the calibration") as part:
        part.write_text(text, encoding="utf-8")


def read_calibration(path: Path) -> Calibration:
    """Read a calibration.

    Raises
    ------
    MicfpError
        There is none, or a damaged one, or one of another version.
    """
    try:
        if path.exists() and not path.is_file():  # reading a pipe would wait for ever
            raise ValueError("it is no regular file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES} bytes")
        version = _Version.model_validate_json(data).version
        if version != VERSION:
            raise ValueError(f"it is of version {version}, not {VERSION}")
        content = _File.model_validate_json(data)
        sittings = _read_each(content.sittings)
        narrower = {name: _read_each(some) for name, some in content.narrower.items()}
    except FileNotFoundError:
        raise MicfpError(f"{path}: no such file; give a calibration that micfp made") from None
    except (ValueError, OSError) as error:
        raise MicfpError(
            f"{path}: not a calibration of this version ({_reason(error)}); make it again "
            "with `micfp validate`"
        ) from None
    return Calibration(
        name=content.name,
        model_sha256=content.model_sha256,
        made_of=content.made_of,
        proposition=content.proposition,
        population=content.population,
        sittings=sittings,
        narrower=narrower,
        validated=tuple(Validated(**one.model_dump()) for one in content.validated),
    )


def digest(path: Path) -> str:
    """SHA-256 of a calibration's file, 64 hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _reason(error: Exception) -> str:
    """What is wrong: of many values the first, and where it stands."""
    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False)[0]
        return shortened(": ".join([*map(str, first["loc"][-3:]), first["msg"]]), 300)
    if isinstance(error, OSError):
        return str(error.strerror)
    return str(error)


def _written_each(some: Mapping[str, Calibrated]) -> dict[str, _Calibrated]:
    return {name: _written(one) for name, one in some.items()}


def _written(one: Calibrated) -> _Calibrated:
    return _Calibrated(
        logistic=_written_logistic(one.logistic),
        slopes=_rows(one.replicates[:, 0]),
        offsets=_rows(one.replicates[:, 1]),
        bounds=_Bounds.model_validate(vars(one.bounds)),
        matched=_written_logistic(one.matched),
        strangers=_Strangers(
            logistic=_written_logistic(one.strangers.logistic),
            threshold=one.strangers.threshold,
            per_decade=one.strangers.per_decade,
        ),
    )


def _written_logistic(one: Logistic) -> _Logistic:
    centre, spread, slope, offset = _rows([one.centre, one.spread, *one.weights])
    return _Logistic(centre=centre, spread=spread, slope=slope, offset=offset)


def _rows(arrays: Any) -> tuple[Row, ...]:
    return tuple(tuple(float(f"{x:.{DIGITS}g}") for x in one) for one in arrays)


def _read_each(some: Mapping[str, _Calibrated]) -> dict[str, Calibrated]:
    return {name: _read(one) for name, one in some.items()}


def _read(one: _Calibrated) -> Calibrated:
    logistic = _read_logistic(one.logistic)
    n = len(one.logistic.centre)
    if len(one.slopes) != len(one.offsets):
        raise ValueError("slopes and offsets differ in number")
    if any(len(row) != n for row in (*one.slopes, *one.offsets)):
        raise ValueError("slopes or offsets are of another length than centre")
    strangers = Strangers(
        _read_logistic(one.strangers.logistic), one.strangers.threshold, one.strangers.per_decade
    )
    if strangers.logistic.n_measures != 2:
        raise ValueError("strangers have another number of measures")
    replicates = np.stack([np.array(one.slopes), np.array(one.offsets)], axis=1)
    bounds = Bounds(one.bounds.lower, one.bounds.upper, one.bounds.why)
    return Calibrated(logistic, replicates, bounds, _read_logistic(one.matched), strangers)


def _read_logistic(one: _Logistic) -> Logistic:
    if len({len(one.centre), len(one.spread), len(one.slope), len(one.offset)}) != 1:
        raise ValueError("a logistic has rows of several lengths")
    arrays: list[NDArray[np.float64]] = [
        np.array(row) for row in (one.centre, one.spread, one.slope, one.offset)
    ]
    return Logistic(arrays[0], arrays[1], np.stack(arrays[2:]))
