"""Parameters of the study `fingerprint`: what the model learns from, and what judges it."""

from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from micfp.config.audio import CorpusConfig
from micfp.config.base import Section, StudySection
from micfp.config.population import PopulationConfig
from micfp.config.recipe import RecipeConfig
from micfp.degrade.registry import Degradation
from micfp.fingerprint.embedding.stretches import LAST_STRETCH_S

Ints = NDArray[np.int64]
_FIRST, _SECOND = (0, 2), (1, 2)
_OF_NETWORK: dict[str, Any] = {"name": "network", "speaker_part": _FIRST}
ALONE, FOLDS = "alone", "leave some out"
"""Protocols: of the model that no device of the corpus taught, and of parts in turn."""
SHARE, KAPPA = 0.5, 0.2
"""Of a blend, where nothing else is said."""
AS_IT_IS = "as it is"
"""The variant of an ablation from which nothing is taken."""
LEARNED_FROM = (
    *("n_classes", "content_devices", "content", "training", "same_setting", "other_setting"),
    *("recipe", "network"),
)
"""What a variant may change; all else says how models are judged."""


class Protocol(Section):
    """Which devices of a corpus teach, and which are tested."""

    name: str
    content: Literal["disjoint", "seen"] = Field(
        "disjoint", description="whether what teaches has heard the contents of the pairs"
    )
    folds: int = Field(0, ge=0, description="parts that are tested in turn; the others teach")
    few: int = Field(0, ge=0, description="devices that teach, drawn; all others are tested")
    draws: int = Field(1, ge=1)
    enrolled_clean: bool = Field(True, description="beside both sides in one condition")
    without: tuple[str, ...] = Field((), description="devices that have no part in it")
    share: float = Field(SHARE, ge=0, le=1)
    kappa: float = Field(KAPPA, ge=0, le=100)

    def parts(self, devices: Ints, rng: np.random.Generator) -> list[tuple[Ints, Ints]]:
        """Which of these devices teach, and which are tested; rng deals them."""
        order = rng.permutation(devices)
        if self.few:
            return [(order[: self.few], order[self.few :])]
        tested = np.array_split(order, max(self.folds, 1))
        return [(np.setdiff1d(order, part), part) for part in tested]


class NetworkConfig(Section):
    """A network beside the covariances, and the virtual phones that it learns from."""

    population: PopulationConfig = PopulationConfig(**_OF_NETWORK)
    n_hidden: int = Field(192, ge=1, le=4096, description="width of its two layers")
    n_dimensions: int = Field(64, ge=1, le=4096, description="of the points that it makes")
    n_steps: int = Field(3000, ge=10, description="batches of 128 devices")

    @field_validator("population", mode="before")
    @classmethod
    def _has_a_name_of_its_own(cls, given: Any) -> Any:
        """What is not given is as of the default, since no other file holds it (`null`)."""
        return {**_OF_NETWORK, **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _sessions_and_speakers_differ(self) -> Self:
        one = self.population
        if one.sessions < 2 or one.speakers < 2 or one.take_s < LAST_STRETCH_S:
            raise ValueError(
                f"{one.name} needs 2 sessions, 2 speakers and take_s of {LAST_STRETCH_S:g} or "
                "more: the network learns what other sessions and speakers do not change"
            )
        return self


class FingerprintConfig(StudySection):
    """Fingerprints of devices that no training saw, learned from virtual phones."""

    n_classes: int = Field(128, ge=1, le=4096, description="classes of frames by what is said")
    content_devices: int = Field(
        100, ge=1, description="devices of `content` from which the classes are learned"
    )
    content: PopulationConfig | None = Field(
        None, description="a population, where it is another one than `training`"
    )
    training: PopulationConfig = PopulationConfig(speaker_part=_FIRST)
    same_setting: PopulationConfig = Field(
        PopulationConfig(
            name="same setting",
            n_devices=60,
            sessions=1,
            common_sessions=True,
            take_s=10.0,
            speaker_part=_FIRST,
        ),
        description="where the scores of recordings of one sitting are weighed",
    )
    other_setting: PopulationConfig = Field(
        PopulationConfig(
            name="other setting", n_devices=60, sessions=4, take_s=10.0, speaker_part=_FIRST
        ),
        description="where those of any recordings are",
    )
    judged: PopulationConfig = Field(
        PopulationConfig(
            name="judged", n_devices=200, sessions=4, take_s=10.0, speaker_part=_SECOND
        ),
        description="what nothing is learned from; docs/design/fingerprint.md settles it",
    )
    calibration: PopulationConfig = Field(
        PopulationConfig(
            name="calibration",
            n_devices=100,
            sessions=4,
            common_sessions=True,
            take_s=10.0,
            speaker_part=_SECOND,
        ),
        description="by which scores become likelihood ratios; all devices in the same rooms",
    )
    measures: int = Field(
        0,
        ge=0,
        le=4,
        description="how many measures of a pair likelihood ratios are matched to: seconds heard, "
        "number of references, narrow band, SNR; 0: one mapping for all",
    )
    replicates: int = Field(
        100, ge=2, le=1000, description="draws of devices, for the interval of a likelihood ratio"
    )
    recipe: RecipeConfig = RecipeConfig()
    network: NetworkConfig | None = Field(
        None, description="null: covariances alone; {} for one with its defaults"
    )
    ablations: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="other models by name, differences of this section written as a preset is: "
        "what each step is worth; preset fingerprint_ablation fills it in",
    )
    devices_per_task: int = Field(25, ge=1, description="how many one task takes")
    corpora: tuple[CorpusConfig, ...] = Field(
        (), description="recordings of real devices, on which the model is validated"
    )
    add: tuple[str, ...] = Field(
        (), description="names of corpora whose devices are blended into the model"
    )
    share: float = Field(SHARE, ge=0, le=1, description="what covariances have of those devices")
    kappa: float = Field(
        KAPPA,
        ge=0,
        le=100,
        description="what devices of one sitting share, once some are blended in",
    )
    conditions: dict[str, tuple[Degradation, ...]] = Field(
        default_factory=dict, description="chains under which corpora are heard, beside clean"
    )
    lengths_s: tuple[Annotated[float, Field(ge=0.25, le=600)], ...] = Field(
        (0.25, 1.0, 3.0, 10.0), min_length=1, description="of what is tested"
    )
    folds: int = Field(3, ge=2, description="parts of a corpus that are tested in turn")
    few: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (5, 10, 20), description="numbers of devices that are blended in, where others are left"
    )
    draws: int = Field(5, ge=1, description="of so many devices")
    without: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="by name: devices of a corpus without which it is validated once more",
    )

    @property
    def learned(self) -> tuple[PopulationConfig, ...]:
        """All populations that something is learned from."""
        of_network = (self.network.population,) if self.network else ()
        return (self.training, self.same_setting, self.other_setting, *of_network)

    @model_validator(mode="after")
    def _corpora_have_names(self) -> Self:
        names = [corpus.name for corpus in self.corpora]
        if len(set(names)) < len(names):
            raise ValueError(f"corpora share a name: {', '.join(names)}; rename one")
        for name in self.add:
            if name not in names:
                raise ValueError(
                    f"add has {name!r}, which is none of corpora ({', '.join(names) or 'none'})"
                )
        if "clean" in self.conditions:
            raise ValueError("conditions has 'clean', which is the recording as it is; rename it")
        return self

    @model_validator(mode="after")
    def _variants_have_the_same_judges(self) -> Self:
        for name, differences in self.ablations.items():
            if name == AS_IT_IS:
                raise ValueError(
                    f"ablations has {name!r}, which is the model from which nothing is taken; "
                    "rename it"
                )
            for key in differences:
                if key in type(self).model_fields and key not in LEARNED_FROM:
                    raise ValueError(
                        f"ablations has {name!r}, which changes {key}, and models that are judged "
                        f"in two ways do not compare; it may change {', '.join(LEARNED_FROM)}"
                    )
        return self

    @model_validator(mode="after")
    def _judges_are_strangers(self) -> Self:
        others = (self.same_setting, self.other_setting, self.judged, self.calibration)
        names = [one.name for one in (*self.learned, self.judged, self.calibration)]
        if len(set(names)) < len(names):
            raise ValueError(
                f"populations share a name, and so their devices: {', '.join(names)}; rename one"
            )
        if self.content is not None and self.content.name == self.judged.name:
            raise ValueError(
                f"content and judged share a name, and so their devices: {self.judged.name}; "
                "rename one"
            )
        for one in (*self.learned, self.judged, self.calibration):
            if one.n_devices < 2:
                raise ValueError(f"{one.name} needs n_devices of 2 or more, to tell them apart")
        if self.training.take_s < 2:
            raise ValueError(
                f"{self.training.name}.take_s is {self.training.take_s:g}: pieces of 1 s are "
                "compared with each other, so that it needs 2 s or more"
            )
        judged = self.judged
        if judged.sessions < 4 or judged.speakers < 2:
            raise ValueError("judged needs 4 sessions with 2 speakers: every row compares others")
        if judged.sessions_with_same_speakers != 2:
            raise ValueError(
                "judged needs sessions_with_same_speakers of 2: rows are named by who speaks in "
                "which of its sessions"
            )
        if self.calibration.sessions < 2 or not self.calibration.common_sessions:
            raise ValueError(
                "calibration needs 2 sessions or more and common_sessions: pairs of one sitting "
                "and of two, of one device and of two, are compared"
            )
        for one in others:
            if one.take_s < 10:
                raise ValueError(f"{one.name}.take_s is {one.take_s}: 5 s refer, and 5 s test")
        return self
