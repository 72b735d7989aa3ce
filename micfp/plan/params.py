"""params.yaml as frozen, typed models; an unknown key is an error that names it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from micfp.config.audio import CheckConfig, CorpusConfig, SegmentsConfig, TrimConfig, Window
from micfp.config.base import Section, StudySection
from micfp.config.batch import BatchConfig
from micfp.config.bench import BenchConfig
from micfp.config.models import (
    EvaluationConfig,
    PreparationConfig,
    SelectionConfig,
    SplitConfig,
    Target,
    default_preparations,
)
from micfp.degrade.registry import Degradation
from micfp.errors import MicfpError
from micfp.features.frames import FrameSet
from micfp.features.registry import FeatureSet
from micfp.models.classifiers import ClassifierName, ClassifiersConfig
from micfp.models.config import ModelGroup, OverfittingConfig
from micfp.models.method_config import Block, MethodConfig, TrainingConfig
from micfp.plan.copies_settings import AugmentConfig, WaysConfig
from micfp.plan.fingerprint_settings import FingerprintConfig
from micfp.plan.paper_settings import PaperConfig
from micfp.plan.params_faults import sentences
from micfp.plan.params_file import check_plain, read_yaml
from micfp.plan.search_settings import SearchConfig
from micfp.plan.study_settings import (
    AttackConfig,
    ConfoundsConfig,
    DurationConfig,
    EnginesConfig,
    FeatureStudyConfig,
    RobustnessConfig,
    ThesisSettingsConfig,
)

__all__ = [
    "CheckConfig",
    "CorpusConfig",
    "EvaluationConfig",
    "ModelGroup",
    "Params",
    "PreparationConfig",
    "SearchConfig",
    "SegmentsConfig",
    "SelectionConfig",
    "SplitConfig",
    "load_params",
    "merge",
    "parse_params",
]

# The families that the thesis's feature study compares.
STUDY_FAMILIES = (
    *("mfcc", "delta_mfcc", "spectral_centroid", "spectral_bandwidth", "spectral_rolloff"),
    *("spectral_flatness", "spectral_contrast", "zero_crossing_rate", "rms", "hnr"),
    *("ltas", "noise_floor"),
)
MOST_SENTENCES = 8  # of what is wrong
THESIS_CLASSIFIERS: tuple[ClassifierName, ...] = ("svc", "knn", "mlp", "rf", "gb", "nb", "lr", "dt")


def default_features() -> dict[str, FeatureSet]:
    """The thesis's 22 features, the long-term spectrum, and the families of the feature study."""
    return {
        "thesis": FeatureSet(),
        "ltas": FeatureSet(families=("ltas",), rate_hz="native"),
        "study": FeatureSet(families=STUDY_FAMILIES, aggregates=("mean", "std")),
    }


def default_frames() -> dict[str, FrameSet]:
    """The paper's two, and log-mel frames for the plain networks."""
    return {
        "timing_tandem": FrameSet(family="timing_tandem"),
        "mfcc39": FrameSet(family="mfcc39", n_frames=650, n_mels=40),
        "log_mel": FrameSet(family="log_mel", n_mels=64),
    }


def default_trainings() -> dict[str, TrainingConfig]:
    """The paper's (V-E), and ours."""
    return {
        "paper": TrainingConfig(),
        "ours": _plateau(1e-3),
        # at 1e-3 the first branch of the network of 40 million parameters never begins to learn
        "ours_slow": _plateau(2e-4),
        # "these three parameters are adjusted to 1e-5, 32, and 300, respectively" (V-H)
        "paper_fine_tuning": TrainingConfig(
            learning_rate=1e-5, batch_size=32, epochs=300, step_epochs=300
        ),
        "our_fine_tuning": TrainingConfig(
            learning_rate=1e-3,
            schedule="plateau",
            batch_size=32,
            epochs=300,
            step_epochs=10,
            patience_epochs=15,
            keep="best",
        ),
    }


# What is left in the paper's seven ablations, in its order, but for the fourth, the whole.
ABLATIONS: tuple[tuple[Block, ...], ...] = (
    ("convlstm",),
    ("bilstm",),
    ("transformer",),
    ("bilstm", "transformer"),
    ("convlstm", "transformer"),
    ("convlstm", "bilstm"),
)


def _cross_scale(blocks: tuple[Block, ...]) -> MethodConfig:
    return MethodConfig(frames="timing_tandem", network="cross_scale", blocks=blocks)


def _plateau(learning_rate: float) -> TrainingConfig:
    return TrainingConfig(
        learning_rate=learning_rate,
        schedule="plateau",
        step_epochs=3,
        factor=0.3,
        batch_size=32,
        epochs=40,
        patience_epochs=5,
        keep="best",
    )


def default_methods() -> dict[str, MethodConfig]:
    """The paper's network, its baselines, and the plain networks of the thesis's closing wish."""
    return {
        "cross_scale": MethodConfig(frames="timing_tandem", network="cross_scale"),
        "cross_scale_paper": MethodConfig(
            frames="timing_tandem", network="cross_scale", training="paper"
        ),
        **{"_".join(blocks): _cross_scale(blocks) for blocks in ABLATIONS},
        "mfcc_svm": MethodConfig(frames="mfcc39", classifier="svc", input="statistics"),
        "mfcc_svm_flat": MethodConfig(frames="mfcc39", classifier="svc", input="frames"),
        "gsv_svm": MethodConfig(frames="mfcc39", classifier="svc", input="gsv"),
        "ivector_svm": MethodConfig(frames="mfcc39", classifier="svc", input="ivector"),
        "gsv_cnn": MethodConfig(frames="mfcc39", network="gsv_cnn"),
        "multi_feature_fusion": MethodConfig(frames="mfcc39", network="multi_feature_fusion"),
        "multi_attention": MethodConfig(
            frames="mfcc39", network="multi_attention", training="ours_slow"
        ),
        "plain_cnn": MethodConfig(frames="log_mel", network="plain_cnn"),
        "plain_rnn": MethodConfig(frames="log_mel", network="plain_rnn"),
    }


def default_split_comparison() -> dict[str, SplitConfig | None]:
    """From the split that hides most to the one that hides least."""
    return {
        "random": SplitConfig(kind="random", test_share=0.2),
        "by_recording": SplitConfig(kind="by_recording", folds=4),
        "by_content": SplitConfig(kind="by_content", folds=4),
        "by_session": SplitConfig(kind="by_session", folds=2),
    }


class TrackingConfig(Section):
    """Where runs are logged."""

    experiment: str = Field("micfp", description="name of the MLflow experiment")
    uri: str = Field(
        "sqlite:///mlflow.db", description="MLFLOW_TRACKING_URI, where set, goes before it"
    )


class ReportConfig(Section):
    """What the report shows."""

    title: str = Field("micfp", description="stands above the report")
    thesis_figures: bool = Field(False, description="set the thesis's figures 5A-5J beside ours")
    spectrograms: int = Field(240, ge=0, description="recordings drawn, at most; evenly of devices")


class Params(Section):
    """The whole of params.yaml."""

    seed: int = Field(42, ge=0, lt=2**32, description="of every random choice")
    shard_mb: float = Field(64.0, gt=0, description="audio that one job takes, about")
    corpus: CorpusConfig = CorpusConfig()
    bench: BenchConfig = BenchConfig()
    degrade: tuple[Degradation, ...] = Field(
        (),
        description="what happens to every recording before anything else, in this order; none by "
        "default: micfp/degrade has what there is",
    )
    check: CheckConfig = CheckConfig()
    trim: TrimConfig = TrimConfig(
        train=Window(length_minutes=0.9),
        test=Window(start_minute=0.1),
        test_sessions=("day-2",),
        test_after_training=False,
    )
    segments: SegmentsConfig = SegmentsConfig()
    features: dict[str, FeatureSet] = Field(
        default_factory=default_features,
        description="feature sets by name; all settings are in micfp/features",
    )
    frames: dict[str, FrameSet] = Field(
        default_factory=default_frames,
        description="frame matrices by name, which networks learn from; all settings are in "
        "micfp/features/frames",
    )
    target: Target = Field(
        "device",
        description="what is identified: device, make, model, unit, session, content, or any "
        "further column of a manifest",
    )
    split: SplitConfig = Field(
        SplitConfig(kind="by_session", test=("day-2",)),
        description="the split that the results are about",
    )
    split_comparison: dict[str, SplitConfig | None] = Field(
        default_factory=default_split_comparison,
        description="splits shown side by side on the honesty page; null takes one out",
    )
    preparations: dict[str, PreparationConfig] = Field(
        default_factory=default_preparations,
        description="what is done to columns before a classifier, by name",
    )
    classifiers: ClassifiersConfig = ClassifiersConfig()
    models: tuple[ModelGroup, ...] = Field(
        (
            ModelGroup(features="thesis", preparation="plain", classifiers=THESIS_CLASSIFIERS),
            ModelGroup(features="ltas", preparation="plain", classifiers=("lda",)),
        ),
        min_length=1,
        description="which classifiers are fitted on which features",
    )
    trainings: dict[str, TrainingConfig] = Field(
        default_factory=default_trainings,
        description="how networks are trained, by name; all settings are in "
        "micfp/models/method_config.py",
    )
    methods: dict[str, MethodConfig] = Field(
        default_factory=default_methods,
        description="what learns from frame matrices, by name; all settings are in "
        "micfp/models/method_config.py",
    )
    selection: SelectionConfig = SelectionConfig()
    search: SearchConfig = SearchConfig()
    augment: AugmentConfig = AugmentConfig()
    ways: WaysConfig = WaysConfig()
    overfitting: OverfittingConfig = OverfittingConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    feature_study: FeatureStudyConfig = FeatureStudyConfig()
    confounds: ConfoundsConfig = ConfoundsConfig()
    robustness: RobustnessConfig = RobustnessConfig()
    attack: AttackConfig = AttackConfig()
    duration: DurationConfig = DurationConfig()
    engines: EnginesConfig = EnginesConfig()
    thesis_settings: ThesisSettingsConfig = ThesisSettingsConfig()
    fingerprint: FingerprintConfig = FingerprintConfig()
    paper: PaperConfig = PaperConfig()
    batch: BatchConfig = BatchConfig()
    tracking: TrackingConfig = TrackingConfig()
    report: ReportConfig = ReportConfig()

    @model_validator(mode="after")
    def _names_exist(self) -> "Params":
        for group in self.models:
            for name, known, section in (
                (group.features, self.features, "features"),
                (group.preparation, self.preparations, "preparations"),
            ):
                if name not in known:
                    raise ValueError(
                        f"models names {name!r}, which is not under {section} "
                        f"(there: {', '.join(sorted(known))})"
                    )
        for method, config in self.methods.items():
            for name, there, section in (
                (config.frames, self.frames, "frames"),
                (config.training, self.trainings, "trainings"),
            ):
                if name not in there:
                    raise ValueError(
                        f"methods.{method} names {name!r}, which is not under {section} "
                        f"(there: {', '.join(sorted(there))})"
                    )
        return self


STUDY_SECTIONS = frozenset(
    name
    for name, field in Params.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, StudySection)
)
"""Sections that no result but those of one study depends on."""


def load_params(files: Iterable[Path]) -> Params:
    """Read parameter files, later ones as differences from earlier ones.

    Raises MicfpError that names file, key and nearest right key.
    """
    merged: dict[str, Any] = {}
    names = []
    for file in files:
        merged = merge(merged, read_yaml(file))
        names.append(str(file))
    return parse_params(merged, " + ".join(names))


def merge(base: Mapping[str, Any], difference: Mapping[str, Any]) -> dict[str, Any]:
    """Base with the differences in it: mappings key by key, everything else replaced."""
    merged = dict(base)
    for key, value in difference.items():
        old = merged.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = merge(old, value) if both else value  # type: ignore[arg-type]
    return merged


def parse_params(values: Mapping[str, Any], source: str = "params.yaml") -> Params:
    """Check a mapping and return it typed.

    Raises MicfpError with a sentence a wrong value: the key's whole name, the value and, for an
    unknown key, the nearest right one.
    """
    check_plain(values, source)
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        said = sentences(error, values, Params)
        more = [f"and {len(said) - MOST_SENTENCES} more"] if len(said) > MOST_SENTENCES else []
        raise MicfpError(f"{source}: {'; '.join(said[:MOST_SENTENCES] + more)}") from None
