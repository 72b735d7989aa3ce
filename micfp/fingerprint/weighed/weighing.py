"""What is asked of recordings: the model, its calibration, and what is known of the sitting."""

from dataclasses import dataclass
from pathlib import Path

from micfp.errors import MicfpError, shown
from micfp.evidence.calibration import POPULATIONS, Calibrated, Calibration, Population
from micfp.evidence.calibration_file import digest, read_calibration
from micfp.evidence.verbal import ratio
from micfp.fingerprint.embedding.model import Sitting, sitting_of
from micfp.fingerprint.embedding.model_file import SHIPPED, Loaded, load_model
from micfp.fingerprint.pairs import MEASURES
from micfp.fingerprint.weighed.halves import unlike_halves
from micfp.fingerprint.weighed.listening import Heard

SHIPPED_CALIBRATION = SHIPPED.with_name("default.calibration.json")
OWN_CALIBRATION = Path("calibration.json")
"""Of `micfp validate`, in the working directory."""
IN_WORDS: dict[Sitting, str] = {
    "same": "all recordings are of one sitting",
    "other": "recordings are of different sittings",
    "any": "it was not said whether recordings are of one sitting",
}
NARROWER: dict[Population, str] = {
    "make": "another model of the same make",
    "model": "another unit of the same model",
}


@dataclass(frozen=True)
class Weighing:
    """A fingerprint model, and what its scores are worth.

    Attributes
    ----------
    loaded
        The model.
    calibration
        Of this model.
    sitting
        What is known of the recordings.
    calibration_sha256
        Digest of the calibration's file, 64 hexadecimal digits.
    population
        The relevant one: whom the alternative speaks of.
    """

    loaded: Loaded
    calibration: Calibration
    sitting: Sitting
    calibration_sha256: str
    population: Population = "any"

    @property
    def calibrated(self) -> Calibrated:
        """The mapping for what is known."""
        return self.calibration.of(self.population)[self.sitting]

    @property
    def asks_pitch(self) -> bool:
        """Whether changes of pitch can be told: by references of the same sitting alone."""
        return self.sitting == "same"

    def claim(self, device: str) -> str:
        """The first hypothesis, of an enrolled device.

        Where units of one model were not tested, one that sounds like the device is meant with it.
        One that does not stands on the other side: units of one model may well differ.
        """
        if self.proposition == "unit":
            return f"{device} made it"
        return f"{device}, or one of its model that sounds like it, made it"

    @property
    def proposition(self) -> str:
        """Whether a "model" or a "unit" is told; against units of one model it is a unit."""
        return "unit" if self.population == "model" else self.calibration.proposition

    @property
    def alternative(self) -> str:
        """The relevant population in words."""
        return NARROWER.get(self.population, self.calibration.population)

    def careful_of(self, heard: Heard) -> tuple[str, ...]:
        """What a reader needs to know of a recording that was listened to."""
        unlike = unlike_halves(heard.halves, self.loaded.model, self.calibration)
        return heard.warnings if unlike is None else (unlike, *heard.warnings)

    def conditional_on(self) -> dict[str, object]:
        """Plain data: on what an LR hangs, beside the recordings."""
        return {
            "calibration": self.calibration.name,
            "fingerprint_sha256": self.loaded.sha256,
            "sitting": self.sitting,
            "proposition": self.proposition,
            "population": self.alternative,
            "bounds_log10": [self.calibrated.bounds.lower, self.calibrated.bounds.upper],
            "bounded_by": self.calibrated.bounds.why,
        }

    def in_words(self) -> str:
        """What a person must know of every figure."""
        limits = self.calibrated.bounds
        tested = {row.sitting for row in self.calibration.validated}
        untested = "; no device was tested in two sittings" if "other" not in tested else ""
        return (
            f"calibration {self.calibration.name} ({self.calibration.made_of}); "
            f"{IN_WORDS[self.sitting]}; relevant population: {self.alternative}; "
            f"no LR below {ratio(limits.lower)} or above {ratio(limits.upper)} is stated "
            f"({limits.why}){untested}"
            "; a deliberate disguise would not be noticed"
        )


def load_weighing(
    sitting: str,
    fingerprint: Path | None = None,
    calibration: Path | None = None,
    population: str = "any",
) -> Weighing:
    """Load a model and its calibration.

    Parameters
    ----------
    sitting
        "same", "other" or "any".
    fingerprint
        File of a model; None: the one that micfp has.
    calibration
        File of a calibration; None: `calibration.json` of the working directory where there is one,
        else the one that came with the model.
    population
        "any" other device, others of the same "make", or of the same "model".

    Raises
    ------
    MicfpError
        No such file, or a damaged one; a calibration of another model, or by what is not measured;
        an unknown sitting or population.
    """
    if population not in POPULATIONS:
        raise MicfpError(f"{shown(population)} is no population: give {', '.join(POPULATIONS)}")
    wanted = sitting_of(sitting)
    loaded = load_model(fingerprint or SHIPPED)
    path = calibration or _found(fingerprint)
    found = read_calibration(path)
    if found.model_sha256 != loaded.sha256:
        raise MicfpError(
            f"{path}: is of another fingerprint model ({found.model_sha256[:12]}) than "
            f"{fingerprint or 'the one that micfp has'} ({loaded.sha256[:12]}), whose scores it "
            "cannot weigh; give its own by --calibration, or make one with `micfp validate`"
        )
    if wanted not in found.sittings:
        raise MicfpError(
            f"{path}: says nothing of recordings of which {IN_WORDS[wanted]}; give --sitting "
            f"{' or '.join(found.sittings)}"
        )
    if wanted not in found.of(population):
        raise MicfpError(
            f"{path}: was not calibrated against {NARROWER[population]}; leave --population out, "
            "or make a calibration with `micfp validate` on recordings of several devices of each "
            "make (and, for units of a model, of several sittings of each device)"
        )
    n_measures = found.of(population)[wanted].logistic.n_measures
    if n_measures > len(MEASURES):
        raise MicfpError(
            f"{path}: hangs on {n_measures} measures of a pair, and {len(MEASURES)} are measured; "
            "make it again with `micfp validate`"
        )
    return Weighing(loaded, found, wanted, digest(path), population)


def _found(fingerprint: Path | None) -> Path:
    if OWN_CALIBRATION.exists():
        return OWN_CALIBRATION
    if fingerprint is None:
        return SHIPPED_CALIBRATION
    return fingerprint.with_name("calibration.json")
