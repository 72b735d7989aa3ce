"""Every stage there is, by its name."""

from micfp.engine.stage import Stage
from micfp.engine.task import legacy_stage
from micfp.plan.stages import STAGES


def stage_called(name: str) -> Stage:
    """The stage of a name."""
    return STAGES.get(name) or legacy_stage(name)
