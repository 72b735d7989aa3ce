"""Parameters of the studies that are targets of their own."""

from pydantic import Field

from micfp.config.base import Section
from micfp.config.models import ClassifierName


class FeatureStudyConfig(Section):
    """Each feature family alone and added to MFCC (thesis 4.3)."""

    features: str = Field("study", description="the feature set whose families are compared")
    preparation: str = "plain"
    classifiers: tuple[ClassifierName, ...] = ("lr", "svc", "lda")


class ConfoundsConfig(Section):
    """The bench rebuilt with position, session, level and noise removed one by one."""

    unit_deviations_db: tuple[float, ...] = (0.0, 0.3, 0.6, 1.5)
