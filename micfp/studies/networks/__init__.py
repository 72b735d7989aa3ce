"""The experiments of Zeng, Zhao and Wang, and others of their kind: networks beside classifiers."""

from micfp.studies.networks import compare, every_utterance, latency
from micfp.studies.networks.experiments import plan_of
from micfp.studies.networks.names import EXPERIMENTS, SETTINGS
from micfp.studies.networks.records import read_comparison
from micfp.studies.networks.report import networks
from micfp.studies.networks.settings import settings
from micfp.studies.study import Study

PRESETS = {"networks": "networks", "content": "content", "units": "units", "rooms": "rooms"}

STUDIES = (
    *(
        Study(
            target,
            f'makes the experiment "{title}"',
            "paper",
            plan_of(target),
            settings if target in SETTINGS else networks,
            read_comparison,
            (compare.STAGE, latency.STAGE),
            preset=PRESETS.get(target, "paper-short"),
            varies=("forward.csv",),
            trained=True,
        )
        for target, title in EXPERIMENTS.items()
    ),
    *every_utterance.STUDIES,
)
