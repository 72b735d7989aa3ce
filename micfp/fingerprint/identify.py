"""Name the device of a recording with a fitted model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.audio import isolated
from micfp.errors import MicfpError, printable
from micfp.fingerprint.listening import Heard, segment_values
from micfp.fingerprint.model import Model


@dataclass(frozen=True)
class Candidate:
    """One class that a recording may be of.

    Attributes
    ----------
    log_score
        natural logarithm of what the rule of decision gives it. Scores order the classes of one
        recording; they are not calibrated, and no probability.
    segments
        how many segments name it
    probability
        calibrated, among the classes that the model knows, 0..1; None: none can be given
    """

    name: str
    log_score: float
    segments: int
    probability: float | None = None


@dataclass(frozen=True)
class Identification:
    """What a model says of a recording.

    ranking: every class, likeliest first, none where nothing could be scored; segments: how many
    were scored; warnings: sentences a reader needs to know; outside: why the recording is outside
    of what the model learned, None where it is not known to be.
    """

    path: str
    ranking: tuple[Candidate, ...]
    segments: int
    warnings: tuple[str, ...]
    outside: str | None = None

    @property
    def device(self) -> str | None:
        """The likeliest class by the rule that the model was evaluated with; None: no answer."""
        return self.ranking[0].name if self.ranking else None

    def as_record(self, model: Model) -> dict[str, Any]:
        """Plain data for JSON: the answer, and the model that gives it."""
        temperature = model.calibration.record.temperature
        return {
            "path": self.path,
            "device": self.device,
            "ranking": [
                {
                    "device": c.name,
                    "log_score": c.log_score,
                    "probability": c.probability,
                    "segments": c.segments,
                }
                for c in self.ranking
            ],
            "closed_set": True,
            "left_out": list(model.provenance.left_out),
            "outside": self.outside,
            "segments": self.segments,
            "decision": model.provenance.decision,
            "model": {
                "name": model.name,
                "corpus": model.provenance.corpus,
                "made": model.provenance.made,
                "devices": list(model.fitted.classes),
                "sample_rates_hz": list(model.sample_rates_hz),
                "codecs": list(model.codecs),
                "calibrated_on": None if temperature is None else temperature.n_recordings,
            },
            "warnings": list(self.warnings),
        }

    def as_text(self, model: Model) -> str:
        """What a person reads: who was named by how many segments, and by which model."""
        first, *others = self.ranking
        n = self.segments
        lines = [
            f"{self._answer(first)}{_said(first)}",
            *(
                f"    {other.segments} of {n}: {other.name}{_said(other)}"
                for other in [other for other in others if other.segments][:4]
            ),
            f"    closed set: one of the {len(self.ranking)} {model.target}s that the model knows, "
            "or wrong",
            f"    {self.worth(model)}",
            f"    model {model.in_words()}",
            *(f"    careful: {warning}" for warning in self.warnings if warning != self.outside),
        ]
        if model.provenance.left_out:
            names = ", ".join(model.provenance.left_out)
            lines.append(
                f"    careful: the model cannot name {names}: too few of their "
                "recordings could be used when it was trained"
            )
        return "\n".join(printable(line) for text in lines for line in text.split("\n"))

    def _answer(self, first: Candidate) -> str:
        """The answer; where the recording is outside of what was learned, that goes first."""
        votes = f"named by {first.segments} of {self.segments} segments"
        if self.outside is None:
            return f"{self.path}: {first.name}, {votes}"
        return (
            f"{self.path}: outside of what the model learned: {self.outside}\n"
            f"    nearest of its devices: {first.name}, {votes}"
        )

    def worth(self, model: Model) -> str:
        """What the probabilities of an answer rest on, or why there are none."""
        record = model.calibration.record
        if self.outside is not None:
            return "no probability: the recording is outside of what the model learned"
        if record.temperature is None:
            return f"no probability of this model: {record.why_not}"
        return (
            f"probabilities calibrated on {record.temperature.n_recordings} recordings that "
            "were held out in training"
        )


def _said(candidate: Candidate) -> str:
    """Its probability, where there is one, as words that follow others."""
    if candidate.probability is None:
        return ""
    hundredths = round(100 * candidate.probability)
    shown = {0: "under 0.01", 100: "over 0.99"}.get(hundredths, f"{hundredths / 100:.2f}")
    return f", probability {shown}"


def identify(path: Path, model: Model, track: int | None = None) -> Identification:
    """Name the device of one recording, by the rule that the model was evaluated with.

    track: as in `micfp.audio.probe`. Raises MicfpError where the file is no audio.
    """
    return _named(path, model, segment_values(path, model, track))


def identify_each(
    paths: Sequence[Path], model: Model, track: int | None = None
) -> Iterator[Identification | MicfpError]:
    """`identify` each recording; what it raises for one stands in the place of its answer.

    Files are decoded in a process that may die of one.
    """
    listened = isolated(lambda path: segment_values(path, model, track), paths)
    for path, result in zip(paths, listened, strict=True):
        yield result if isinstance(result, MicfpError) else _named(path, model, result)


def _named(path: Path, model: Model, heard: Heard) -> Identification:
    import numpy as np

    from micfp.evaluation.decision import pool_segments, predict

    log_p = model.fitted.log_probabilities(heard.values)
    n_segments = len(heard.values)
    pooled = pool_segments(log_p, np.zeros(1, np.intp), model.provenance.decision)
    votes = np.bincount(predict(log_p), minlength=pooled.shape[1])
    probabilities: list[float | None] = [None] * pooled.shape[1]
    temperature = model.calibration.record.temperature
    if temperature is not None and not heard.outside:
        calibrated = temperature.log_probabilities(pooled, np.array([n_segments]))
        probabilities = np.exp(calibrated[0]).tolist()
    ranking = tuple(
        Candidate(model.fitted.classes[i], float(pooled[0, i]), int(votes[i]), probabilities[i])
        for i in np.argsort(-pooled[0], kind="stable")
    )
    outside = "; ".join(heard.outside) or None
    return Identification(str(path), ranking, n_segments, heard.warnings, outside)
