"""How little audio is enough: training audio doubled until a target is met."""

from micfp.studies.duration import compare, double
from micfp.studies.duration.records import read_durations
from micfp.studies.duration.report import duration
from micfp.studies.study import Study

STUDY = Study(
    "duration",
    "doubles the training audio of a bench until a target is met",
    "duration",
    compare.plan,
    duration,
    read_durations,
    (double.STAGE, compare.STAGE),
    preset="duration",
)
