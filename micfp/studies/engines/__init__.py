"""The fast engines beside pydub and librosa: cuts, differences, times."""

from micfp.studies.engines import compare, time_engines
from micfp.studies.engines.records import read_engines
from micfp.studies.engines.report import engines
from micfp.studies.study import Study

STUDY = Study(
    "engines",
    "cuts with pydub and measures with librosa, and compares both with the fast engines",
    "engines",
    compare.plan,
    engines,
    read_engines,
    (time_engines.STAGE, compare.STAGE),
    varies=("cut_times.csv", "engines_times.png"),
)
