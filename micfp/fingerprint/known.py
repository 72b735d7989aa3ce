"""Devices that are known by their recordings: for notebooks and scripts; see docs/evidence.md."""

from os import PathLike
from pathlib import Path

from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import Float32
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.identify import Identification, answered
from micfp.fingerprint.weighed.listening import Heard, listen, listen_to_samples
from micfp.fingerprint.weighed.verify import Verification, verified
from micfp.fingerprint.weighed.weighing import Weighing

Sound = str | PathLike[str] | tuple[Float32, int]
"""A file, or samples (n,) of one channel with full scale 1 and their rate in Hz."""


class Known:
    """Enrolled devices, a fingerprint model and what its scores are worth.

    `micfp.fingerprint.load` makes one.

    Attributes
    ----------
    weighing
        The model and its calibration.
    """

    def __init__(self, weighing: Weighing) -> None:
        self.weighing = weighing
        self._references: dict[str, list[Fingerprint]] = {}

    @property
    def devices(self) -> tuple[str, ...]:
        """Names of the enrolled devices."""
        return tuple(self._references)

    def enrol(self, name: str, *recordings: Sound) -> None:
        """Keep recordings of a device, for others to be compared with.

        Parameters
        ----------
        name
            Of the device; one that is enrolled gets more references.
        recordings
            Files, or samples with their rates; all or none are enrolled.

        Raises
        ------
        MicfpError
            No recording, or one that is no audio or outside what was validated.
        """
        if not recordings:
            raise MicfpError(f"{name}: give one recording of it or more")
        heard = [self._listen(one) for one in recordings]
        for one in heard:
            if one.refused is not None:
                raise MicfpError(one.refused)
        own = self._references.setdefault(name, [])
        own += [one.recording.fingerprint for one in heard]

    def identify(self, recording: Sound) -> Identification:
        """Say which enrolled device made a recording, or none of them, and what that is worth.

        Raises
        ------
        MicfpError
            Nobody is enrolled; the file is no audio. What is outside the validation is refused in
            the answer.
        """
        if not self._references:
            raise MicfpError("no device is enrolled: call enrol first")
        enrolled = Devices(
            self.weighing.loaded.model, list(self._references.values()), self.weighing.sitting
        )
        return answered(self.devices, enrolled, self._listen(recording), self.weighing)

    def verify(self, a: Sound, b: Sound) -> Verification:
        """Weigh whether one device made two recordings.

        Raises
        ------
        MicfpError
            A file is no audio. What is outside the validation is refused in the answer.
        """
        return verified(self._listen(a), self._listen(b), self.weighing)

    def _listen(self, recording: Sound) -> Heard:
        model = self.weighing.loaded.model
        if isinstance(recording, tuple):
            return listen_to_samples(*recording, model, pitch=self.weighing.asks_pitch)
        return listen(Path(recording), model, pitch=self.weighing.asks_pitch)
