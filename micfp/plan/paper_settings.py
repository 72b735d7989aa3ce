"""Parameters of the experiments of Zeng, Zhao and Wang (2024), and of those beside them."""

from pydantic import Field

from micfp.config.base import Section, StudySection
from micfp.models.config import ModelGroup
from micfp.plan.study_settings import CorpusDifferences


class ComparisonConfig(Section):
    """Rows of a table: each method, and each classifier on its features, on each corpus."""

    corpora: tuple[str, ...] = Field((), description="names under paper.corpora")
    methods: tuple[str, ...] = Field((), description="names under methods")
    models: tuple[ModelGroup, ...] = ()


class EveryUtteranceConfig(Section):
    """Methods on a corpus, each of its contents tested in turn."""

    name: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9_ .:/-]+$",
        description="what it is called, where not as its corpus; MLflow takes no other letters",
    )
    corpus: str = Field(description="a name under paper.corpora")
    contents: tuple[str, ...] = Field(
        min_length=3, description="tested in turn, while the next one stops networks"
    )
    methods: tuple[str, ...] = Field((), description="names under methods")
    models: tuple[ModelGroup, ...] = ()


class TransferConfig(Section):
    """Trained on one corpus, the last layers trained again on others (V-H)."""

    source: str = Field(description="a name under paper.corpora")
    targets: tuple[str, ...] = Field(description="names under paper.corpora")
    pretrained: tuple[str, ...] = Field(
        ("transformer", "cross_scale"), description="names under methods"
    )
    trainings: tuple[str, ...] = Field(
        ("paper_fine_tuning", "our_fine_tuning"), description="names under trainings"
    )
    least_source_accuracy: float = Field(
        0.95,
        ge=0,
        le=1,
        description="of its recordings; what comes from a source that is learned worse is left "
        "out of the table",
    )


class PaperConfig(StudySection):
    """The experiments; the presets paper-smoke, paper-short and paper-full fill them in."""

    corpora: dict[str, CorpusDifferences] = Field(default_factory=dict)
    table5: tuple[ComparisonConfig, ...] = ()
    table6: tuple[ComparisonConfig, ...] = Field((), description="forward time, and size")
    ablation: tuple[ComparisonConfig, ...] = ()
    lean: tuple[ComparisonConfig, ...] = ()
    related: tuple[ComparisonConfig, ...] = ()
    networks: tuple[ComparisonConfig, ...] = ()
    content: tuple[ComparisonConfig, ...] = ()
    units: tuple[ComparisonConfig, ...] = ()
    rooms: tuple[ComparisonConfig, ...] = ()
    transfer: tuple[TransferConfig, ...] = ()
    every_utterance: tuple[EveryUtteranceConfig, ...] = ()
    readings: tuple[EveryUtteranceConfig, ...] = Field(
        (), description="where the paper's text can be read in two ways"
    )
