"""Parameters of the studies that are targets of their own."""

from pydantic import Field

from micfp.config.base import Section
from micfp.config.models import ModelGroup


class FeatureStudyConfig(Section):
    """Each feature family alone and added to MFCC (thesis 4.3), on folds of the training part."""

    models: tuple[ModelGroup, ...] = Field(
        (ModelGroup(features="study", preparation="plain", classifiers=("lr", "svc", "lda")),),
        min_length=1,
        description="feature sets whose families are compared, and the classifiers that judge",
    )


class ConfoundsConfig(Section):
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
