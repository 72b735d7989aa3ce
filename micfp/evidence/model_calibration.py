"""What a classifier's answer is worth: its temperature, and the limit of what it learned.

Two files beside a fitted model, `calibration.json` and `calibration.safetensors`. A model without
them is not calibrated, and nobody knows what lies outside of it.
"""

import json
import stat
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from micfp.errors import MicfpError, shortened
from micfp.evidence.novelty import KnownSpace, Limit
from micfp.evidence.temperature import Temperature
from micfp.models.description import read_description

FILE, ARRAYS = "calibration.json", "calibration.safetensors"
NO_CALIBRATION = "it was not calibrated on recordings that it had not heard"


@dataclass(frozen=True)
class CalibrationRecord:
    """What `calibration.json` holds.

    Attributes
    ----------
    temperature
        None: not calibrated
    limit
        of novelty; None: not known
    why_not
        why there is no temperature, a part of a sentence; empty where there is one
    """

    temperature: Temperature | None = None
    limit: Limit | None = None
    why_not: str = NO_CALIBRATION


@dataclass(frozen=True)
class ModelCalibration:
    """What is known of the probabilities of a model, and of its borders.

    space: where its devices lie; None where there is no limit.
    """

    record: CalibrationRecord = CalibrationRecord()
    space: KnownSpace | None = None

    def save(self, folder: Path) -> None:
        """Write both files into a folder that is there; the same numbers give the same bytes."""
        from safetensors.numpy import save

        content = json.dumps(asdict(self.record), indent=1, sort_keys=True)
        (folder / FILE).write_text(content)
        if self.space is not None:
            # written by Python: of a full disk the library's own writer says it in its own way
            (folder / ARRAYS).write_bytes(save(vars(self.space)))


def read_calibration(folder: Path) -> ModelCalibration:
    """Read what `ModelCalibration.save` wrote beside a model; without it nothing is known.

    Raises
    ------
    MicfpError
        that names the file which is missing or damaged
    """
    path = folder / FILE
    try:
        record = TypeAdapter(CalibrationRecord).validate_python(read_description(path))
    except FileNotFoundError:
        return ModelCalibration()
    except (OSError, ValueError) as error:
        said = shortened(" ".join(str(error).split()), 200)
        raise MicfpError(f"{path}: damaged ({said}); publish the model again") from None
    return ModelCalibration(record, None if record.limit is None else _space(folder / ARRAYS))


def _space(path: Path) -> KnownSpace:
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("it is no regular file")
        space = KnownSpace(**{n: np.asarray(a, np.float64) for n, a in load_file(path).items()})
        p, k = space.weights.shape
        if space.centre.shape != (p,) or space.devices.shape[1:] != (k,) or not p * k:
            raise ValueError("its arrays do not fit together")
        if not all(np.isfinite(array).all() for array in vars(space).values()):
            raise ValueError("it holds what is no number")
    # the last three: arrays of other names, or of a kind that numpy does not have
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise MicfpError(f"{path}: damaged ({error}); publish the model again") from None
    return space
