"""Name the device of a recording with a fitted model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.audio import isolated
from micfp.errors import MicfpError, printable
from micfp.fingerprint.listening import segment_values
from micfp.fingerprint.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Candidate:
    """One class that a recording may be of.

    log_score: natural logarithm of what the rule of decision gives it. Scores order the classes of
    one recording; they are not calibrated, and no probability. segments: how many segments name it.
    """

    name: str
    log_score: float
    segments: int


@dataclass(frozen=True)
class Identification:
    """What a model says of a recording.

    ranking: every class, likeliest first, none where nothing could be scored; segments: how many
    were scored; warnings: sentences a reader needs to know.
    """

    path: str
    ranking: tuple[Candidate, ...]
    segments: int
    warnings: tuple[str, ...]

    @property
    def device(self) -> str | None:
        """The likeliest class by the rule that the model was evaluated with; None: no answer."""
        return self.ranking[0].name if self.ranking else None

    def as_record(self, model: Model) -> dict[str, Any]:
        """Plain data for JSON: the answer, and the model that gives it."""
        return {
            "path": self.path,
            "device": self.device,
            "ranking": [
                {"device": c.name, "log_score": c.log_score, "segments": c.segments}
                for c in self.ranking
            ],
            "segments": self.segments,
            "decision": model.provenance.decision,
            "model": {
                "name": model.name,
                "corpus": model.provenance.corpus,
                "made": model.provenance.made,
                "devices": list(model.fitted.classes),
                "sample_rates_hz": list(model.sample_rates_hz),
                "codecs": list(model.codecs),
            },
            "warnings": list(self.warnings),
        }

    def as_text(self, model: Model) -> str:
        """What a person reads: who was named by how many segments, and by which model."""
        first, *others = self.ranking
        lines = [
            f"{self.path}: {first.name}, named by {first.segments} of {self.segments} segments",
            *(
                f"    {other.segments} of {self.segments}: {other.name}"
                for other in [other for other in others if other.segments][:4]
            ),
            f"    model {model.in_words()}",
            f"    the likeliest of the {len(self.ranking)} that the model knows, also where it is "
            "none of them; not calibrated, and no evidence",
            *(f"    careful: {warning}" for warning in self.warnings),
        ]
        return "\n".join(map(printable, lines))


def identify(path: Path, model: Model, track: int | None = None) -> Identification:
    """Name the device of one recording, by the rule that the model was evaluated with.

    track: as in `micfp.audio.probe`. Raises MicfpError where the file is no audio.
    """
    return _named(path, model, *segment_values(path, model, track))


def identify_each(
    paths: Sequence[Path], model: Model, track: int | None = None
) -> Iterator[Identification | MicfpError]:
    """`identify` each recording; what it raises for one stands in the place of its answer.

    Files are decoded in a process that may die of one.
    """
    listened = isolated(lambda path: segment_values(path, model, track), paths)
    for path, result in zip(paths, listened, strict=True):
        yield result if isinstance(result, MicfpError) else _named(path, model, *result)


def _named(
    path: Path, model: Model, values: "NDArray[np.float32]", warnings: tuple[str, ...]
) -> Identification:
    import numpy as np

    from micfp.evaluation.decision import pool_segments, predict

    log_p = model.fitted.log_probabilities(values)
    (pooled,) = pool_segments(log_p, np.zeros(1, np.intp), model.provenance.decision)
    votes = np.bincount(predict(log_p), minlength=len(pooled))
    ranking = tuple(
        Candidate(model.fitted.classes[i], float(pooled[i]), int(votes[i]))
        for i in np.argsort(-pooled, kind="stable")
    )
    return Identification(str(path), ranking, len(values), warnings)
