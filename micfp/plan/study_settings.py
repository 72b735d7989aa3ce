"""Parameters of the studies that are targets of their own."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from micfp.config.attack import MimicryConfig, PerturbationConfig
from micfp.config.base import Section, StudySection
from micfp.config.models import ValidationConfig
from micfp.degrade.registry import Degradation
from micfp.models.config import ModelGroup


class CorpusDifferences(Section):
    """One corpus of a study, and how it is cut and split: differences from the parameters."""

    preset: Path | None = Field(None, description="a file of differences that comes first")
    differences: dict[str, Any] = Field(default_factory=dict, description="written as a preset is")


class FeatureStudyConfig(StudySection):
    """Each feature family alone and added to MFCC (thesis 4.3), on folds of the training part."""

    models: tuple[ModelGroup, ...] = Field(
        tuple(
            ModelGroup(features="study", preparation=name, classifiers=("lr", "svc", "lda"))
            for name in ("plain", "unscaled", "top20")
        ),
        min_length=1,
        description="feature sets whose families are compared, and the classifiers that judge; "
        "where the preparation selects columns, all families together alone",
    )


class ConfoundsConfig(StudySection):
    """The bench rebuilt with position, session, level and noise removed one by one."""

    models: tuple[ModelGroup, ...] = Field(
        (
            ModelGroup(features="thesis", preparation="plain", classifiers=("svc", "lr")),
            ModelGroup(features="ltas", preparation="plain", classifiers=("lda",)),
        ),
        min_length=1,
        description="the classifiers that judge",
    )
    unit_deviations_db: tuple[float, ...] = Field(
        (0.0, 0.3, 0.6, 1.5),
        description="RMS differences of the two identical units, with every confound removed",
    )
    duration_scale: float = Field(
        0.5, gt=0, description="of the bench's recordings: the study makes nine benches"
    )


class ConditionConfig(Section):
    """What happened to a recording on its way, and of what kind that is."""

    family: str = Field(description="conditions of one family are not told apart by the study")
    chain: tuple[Degradation, ...] = Field(min_length=1)


class RobustnessConfig(StudySection):
    """Models under degradations, trained without and with others; preset robustness fills it in."""

    corpora: dict[str, CorpusDifferences] = Field(default_factory=dict)
    conditions: dict[str, ConditionConfig] = Field(
        default_factory=dict, description="what is tested, beside the originals"
    )
    trained: tuple[str, ...] = Field((), description="conditions that copies are trained with")
    models: tuple[ModelGroup, ...] = ()
    methods: tuple[str, ...] = Field((), description="networks: names under methods")
    validation: ValidationConfig = Field(
        ValidationConfig(share=0.3),
        description="of the training part: what networks stop on; classifiers learn from it too",
    )

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name in self.trained:
            if name not in self.conditions:
                raise ValueError(
                    f"{name!r} is not under conditions (there: {', '.join(self.conditions)})"
                )
        return self

    @property
    def trained_families(self) -> frozenset[str]:
        """Families of what is trained with."""
        return frozenset(self.conditions[name].family for name in self.trained)


class AttackConfig(StudySection):
    """Attackers against a network, before and after each defence; preset attack fills it in."""

    corpora: dict[str, CorpusDifferences] = Field(default_factory=dict)
    method: str = Field("plain_cnn", description="the network: a name under methods, over log_mel")
    waveforms: str = Field("waveform", description="a name under frames: its segments' samples")
    copies: tuple[tuple[Degradation, ...], ...] = Field(
        (), description="chains of the copies that the defence of that name is trained with"
    )
    adversarial: PerturbationConfig | None = Field(
        PerturbationConfig(snr_db=40, steps=3, step_share=0.5),
        description="what the defence of that name is trained against; null: there is none",
    )
    perturbations: dict[str, PerturbationConfig] = Field(default_factory=dict)
    mimicries: dict[str, MimicryConfig] = Field(default_factory=dict)
    launderings: dict[str, tuple[Degradation, ...]] = Field(
        default_factory=dict, description="chains that are to hide which device it was"
    )
    detector: str | None = Field(
        None, description="a name under features: what the detector hears; null: there is none"
    )
    false_alarms: float = Field(0.05, gt=0, lt=1, description="of the detector, on clean segments")
    through: dict[str, tuple[Degradation, ...]] = Field(
        default_factory=dict, description="what perturbed recordings go through before the network"
    )
    sent: tuple[str, ...] = Field((), description="perturbations that go through that")
    models: tuple[ModelGroup, ...] = Field(
        (), description="classifiers that never saw the network, for transfer and majority"
    )

    @model_validator(mode="after")
    def _perturbations_exist(self) -> Self:
        for name in self.sent:
            if name not in self.perturbations:
                raise ValueError(
                    f"{name!r} is not under perturbations (there: {', '.join(self.perturbations)})"
                )
        return self


class DurationConfig(StudySection):
    """How little audio is enough: training audio doubled until a target is met.

    Preset duration fills it in.
    """

    corpora: dict[str, CorpusDifferences] = Field(
        default_factory=dict,
        description="benches, split by contents: those that train are played as long as is asked",
    )
    models: tuple[ModelGroup, ...] = ()
    test_s: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (0.1, 0.3, 1.0, 3.0, 10.0, 30.0),
        min_length=1,
        description="seconds that are judged at once",
    )
    piece_s: float = Field(
        1.0,
        gt=0,
        description="one of test_s, whose evidence is pooled with that of longer ones; of "
        "shorter segments there is one in each",
    )
    first_min: float = Field(5.0, gt=0, description="minutes of training audio of each device")
    most_min: float = Field(40.0, gt=0, description="where doubling ends, target met or not")
    target_s: float = Field(10.0, gt=0, description="one of test_s, at which the target counts")
    target_accuracy: float = Field(0.95, gt=0, le=1, description="at which training is enough")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("piece_s", "target_s"):
            if getattr(self, name) not in self.test_s:
                raise ValueError(
                    f"{name} = {getattr(self, name):g} is not one of test_s "
                    f"({', '.join(f'{value:g}' for value in self.test_s)})"
                )
        if self.first_min > self.most_min:
            raise ValueError(
                f"first_min = {self.first_min:g} is more than most_min = {self.most_min:g}"
            )
        return self


class ThesisSettingsConfig(StudySection):
    """The thesis by its text, by its program, and ours, beside its figures 5A-5J.

    Preset thesis-settings fills it in.
    """

    corpora: dict[str, CorpusDifferences] = Field(
        default_factory=dict, description="settings by name, each with models of its own"
    )


class EnginesConfig(StudySection):
    """The fast engines beside pydub and librosa: cuts, differences of features, times."""

    features: str = Field(
        "study",
        description="a name under features, whose rate, frames and aggregates are compared, with "
        "all families that librosa has",
    )
