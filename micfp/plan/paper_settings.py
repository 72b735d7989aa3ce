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


class PaperConfig(StudySection):
    """The experiments; the presets paper-smoke, paper-short and paper-full fill them in."""

    corpora: dict[str, CorpusDifferences] = Field(default_factory=dict)
    table5: tuple[ComparisonConfig, ...] = ()
    table6: tuple[ComparisonConfig, ...] = Field((), description="forward time, and size")
    ablation: tuple[ComparisonConfig, ...] = ()
    lean: tuple[ComparisonConfig, ...] = ()
    readings: tuple[ComparisonConfig, ...] = Field(
        (), description="log energy, pre-Fbank, peepholes and MFCC + SVM, read in two ways"
    )
    related: tuple[ComparisonConfig, ...] = ()
    networks: tuple[ComparisonConfig, ...] = ()
    content: tuple[ComparisonConfig, ...] = ()
    units: tuple[ComparisonConfig, ...] = ()
    transfer: tuple[TransferConfig, ...] = ()
