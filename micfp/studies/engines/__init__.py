"""The fast engines beside pydub and librosa: cuts, differences, times."""

from micfp.studies.engines import compare, time_engines
from micfp.studies.engines.report import FAMILIES, engines
from micfp.studies.study import Study, one_run

STUDY = Study(
    "engines",
    "cuts with pydub and measures with librosa, and compares both with the fast engines",
    "engines",
    compare.plan,
    engines,
    one_run("engines", "families.csv", FAMILIES),
    (time_engines.STAGE, compare.STAGE),
    varies=("cut_times.csv", "engines_times.svg"),
)
