"""Every study by its target, and every stage by its name."""

from micfp.engine.stage import Stage
from micfp.plan.stages import STAGES as PIPELINE
from micfp.studies import (
    attack,
    confounds,
    duration,
    engines,
    feature_study,
    fingerprint,
    networks,
    robustness,
    search,
    thesis_settings,
)
from micfp.studies.study import Study
from micfp.tracking.log import Tracked
from micfp.tracking.records import read_experiment

# In the order of the report.
STUDIES: dict[str, Study] = {
    study.target: study
    for study in (
        confounds.STUDY,
        search.STUDY,
        feature_study.STUDY,
        robustness.STUDY,
        attack.STUDY,
        duration.STUDY,
        *networks.STUDIES,
        thesis_settings.STUDY,
        engines.STUDY,
        fingerprint.STUDY,
    )
}
STAGES: dict[str, Stage] = PIPELINE | {
    stage.name: stage for study in STUDIES.values() for stage in study.stages
}
# How MLflow logs each target.
TRACKED = {"all": Tracked(read_experiment)} | {
    target: Tracked(study.records, study.trained) for target, study in STUDIES.items()
}
