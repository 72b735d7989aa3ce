"""A fingerprint model: from samples to fingerprints, and from two sets of them to scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError, shown
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.fusion import Fusion
from micfp.fingerprint.embedding.network import Network
from micfp.fingerprint.embedding.scoring import ScoreEngine, Scorer, squashed
from micfp.fingerprint.embedding.spectra import Float32, Spectra, band_spectra
from micfp.fingerprint.embedding.two_covariance import TwoCovariance, blended

Array = NDArray[np.float64]
RATES_HZ = (8000, 192_000)
LEAST_S = 0.25
LARGEST_SAMPLE = 1e12
"""Of larger ones the power of a frame has no number in float32; full scale is 1."""
Setting = Literal["same", "other"]
"""Whether the recordings compared are of one sitting (loudspeaker, room), or may be of any two."""
SETTINGS: tuple[Setting, ...] = get_args(Setting)
Sitting = Literal["same", "other", "any"]
"""What is known of that: *any* is nothing."""
SITTINGS: tuple[Sitting, ...] = get_args(Sitting)


def sitting_of(text: str) -> Sitting:
    """The sitting that is called so; MicfpError for another word."""
    for sitting in SITTINGS:
        if text == sitting:
            return sitting
    raise MicfpError(f"{shown(text)} is no sitting: give {', '.join(SITTINGS)}")


@dataclass(frozen=True)
class Fused:
    """Scorers, and the weights of their scores.

    Attributes
    ----------
    scorers
        One or more.
    fusion
        Their weights, and after them that of the network.
    network
        Whether the network has a score, the last one.
    """

    scorers: tuple[Scorer, ...]
    fusion: Fusion
    network: bool = False


@dataclass(frozen=True)
class FingerprintModel:
    """Everything that recognition needs.

    Attributes
    ----------
    content
        What speech is expected to look like.
    covariances
        A model for each vector that a scorer names.
    settings
        Which scores are fused, for recordings of one sitting and for any others: what devices of
        one sitting share must not count, and what differs between sittings must not either.
    outlier_sd, content_by_time
        As of `ScoreEngine`.
    network
        None where no setting has a score of it.
    """

    content: ContentModel
    covariances: Mapping[str, TwoCovariance]
    settings: Mapping[Setting, Fused]
    outlier_sd: float | None
    content_by_time: bool
    network: Network | None = None

    def fingerprint(self, samples: Float32, rate_hz: int) -> Fingerprint:
        """Take the fingerprint of a recording.

        Parameters
        ----------
        samples
            float32 (n,) with full scale 1, finite, 0.25 s or more.
        rate_hz
            8000 to 192 000.

        Raises
        ------
        MicfpError
            Another rate, less sound, nothing but digital silence, or samples of another kind.
        """
        return fingerprint(sounding_spectra(samples, rate_hz), self.content)

    def blended(self, own: Mapping[str, TwoCovariance], share: float, kappa: float) -> Self:
        """The model moved towards a few devices of one's own (see `two_covariance.blended`).

        `kappa` takes the place of that of one sitting: with a mean of one's own, less is shared.

        Raises
        ------
        MicfpError
            A share outside 0..1, a kappa outside 0..100.
        """
        if not (0 <= share <= 1 and 0 <= kappa <= 100):
            raise MicfpError(
                f"share {share} and kappa {kappa}: give a share of 0 to 1 and a kappa of 0 to 100"
            )
        covariances = {
            name: blended(population, own[name], share)
            for name, population in self.covariances.items()
        }
        same = self.settings["same"]
        scorers = tuple(
            replace(one, within=replace(one.within, kappa=kappa)) for one in same.scorers
        )
        settings = {**self.settings, "same": replace(same, scorers=scorers)}
        return replace(self, covariances=covariances, settings=settings)

    @cached_property
    def _engines(self) -> dict[Setting, list[ScoreEngine]]:
        return {
            setting: [
                ScoreEngine(
                    self.covariances[one.vector], one, self.outlier_sd, self.content_by_time
                )
                for one in fused.scorers
            ]
            for setting, fused in self.settings.items()
        }

    def engines(self, setting: Setting) -> list[ScoreEngine]:
        """What scores by each scorer of a setting; forms that were made once are kept.

        Raises
        ------
        MicfpError
            A setting that is none.
        """
        if setting not in self.settings:
            raise MicfpError(
                f"{shown(setting)} is no setting: give 'same' for recordings of one sitting, "
                "'other' for any others, 'any' where nobody knows"
            )
        return self._engines[setting]

    def network_of(self, setting: Setting) -> Network | None:
        """The network, where it has a score in a setting."""
        return self.network if self.settings[setting].network else None

    def squashed_scores(
        self, references: Sequence[Fingerprint], tests: Sequence[Fingerprint], setting: Setting
    ) -> Array:
        """Every scorer's squashed score and the network's, (n_references, n_tests, n_scores)."""
        found = [
            squashed(engine.scores(engine.side(references), engine.side(tests)))
            for engine in self.engines(setting)
        ]
        if network := self.network_of(setting):
            scores = network.scores(network.points(references), network.points(tests))
            found.append(squashed(scores))
        return np.stack(found, axis=-1)

    def scores(
        self, references: Sequence[Fingerprint], tests: Sequence[Fingerprint], sitting: Sitting
    ) -> Array:
        """Fused scores (n_references, n_tests): the greater, the rather one device; no log LR.

        They are calibrated for nothing but the population that they were trained on.
        """
        if sitting == "any":
            same, other = (self.scores(references, tests, one) for one in SETTINGS)
            return whatever_the_sitting(same, other)
        squashed_scores = self.squashed_scores(references, tests, sitting)
        return self.settings[sitting].fusion(squashed_scores)


def whatever_the_sitting(same: Array, other: Array) -> Array:
    """Scores where nobody knows whether recordings are of one sitting, of those of either setting.

    The mean of 1 / LR of both, taken for likelihood ratios: what is alike has to be more than
    either explanation of it by two devices allows. Two phones of one sitting share its room, which
    *other* takes for the device; *same* knows that, and of two sittings sees less than there is.
    """
    return np.asarray(np.log(2) - np.logaddexp(-same, -other))


def sounding_spectra(samples: Float32, rate_hz: int) -> Spectra:
    """Spectra of a recording that has a fingerprint; parameters and errors as of `fingerprint`."""
    samples = np.asarray(samples)
    check_sound(samples, rate_hz)
    if len(samples) < LEAST_S * rate_hz:
        raise MicfpError(
            f"{len(samples)} samples at {rate_hz} Hz are {len(samples) / rate_hz:.3f} s of "
            f"sound: a fingerprint needs {LEAST_S} s or more"
        )
    spectra = band_spectra(samples, rate_hz)
    if not spectra.present.any():
        raise MicfpError(
            "nothing but digital silence: there is no fingerprint in it; give a recording in "
            "which something is heard"
        )
    return spectra


def check_sound(samples: Float32, rate_hz: int) -> None:
    """Raise a MicfpError for samples of another form, or a rate, that no fingerprint is of."""
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise MicfpError(
            f"{rate_hz} Hz: a fingerprint needs a rate of {RATES_HZ[0]} to {RATES_HZ[1]} Hz; "
            "resample the recording"
        )
    if samples.ndim != 1 or not np.issubdtype(samples.dtype, np.floating):
        raise MicfpError(
            f"{samples.dtype} samples of shape {samples.shape}: a fingerprint needs one channel of "
            "floating point, shape (n,), full scale 1, as micfp.audio.read gives it with channel=0"
        )
    # A comparison with NaN is false.
    if samples.size and not -LARGEST_SAMPLE <= samples.min() <= samples.max() <= LARGEST_SAMPLE:
        raise MicfpError(
            "the samples hold NaN, infinity or numbers beyond all sense; full scale is 1: cut them "
            "out, or export the recording again"
        )
