"""The model and the calibration by which a question of a log was answered, found again."""

from pathlib import Path

from micfp.casework.answers import Question
from micfp.errors import MicfpError
from micfp.evidence.calibration import Calibration
from micfp.evidence.calibration_file import digest, read_calibration
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.weighed.weighing import OWN_CALIBRATION, SHIPPED_CALIBRATION, Weighing


def calibration_of(sha256: str, given: Path | None) -> Calibration | None:
    """The calibration with a digest: a given one, that of the working directory, or micfp's."""
    for path in (given, OWN_CALIBRATION, SHIPPED_CALIBRATION):
        if path is not None and path.is_file() and digest(path) == sha256:
            return read_calibration(path)
    return None


def weighing_of(question: Question, model: Loaded, calibration: Path | None) -> Weighing:
    """What a question was weighed by.

    Raises
    ------
    MicfpError
        The model is another one; the calibration is not here.
    """
    if question.fingerprint_sha256 != model.sha256:
        raise MicfpError(
            f"the model was another one ({question.fingerprint_sha256[:12]}): give it by "
            "--fingerprint"
        )
    found = calibration_of(question.calibration_sha256, calibration)
    if found is None:
        raise MicfpError(
            f"its calibration ({question.calibration_sha256[:12]}) is not here: give it by "
            "--calibration"
        )
    if question.sitting not in found.of(question.population):
        raise MicfpError(
            f"its calibration says nothing of the sitting {question.sitting} against the "
            f"population {question.population}"
        )
    return Weighing(
        model, found, question.sitting, question.calibration_sha256, question.population
    )
