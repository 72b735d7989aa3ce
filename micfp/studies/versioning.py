"""A DVC file for each study: versioned like `all`, but run only where it is asked for."""

from typing import Any

import yaml

from micfp.engine.places import RESULTS
from micfp.errors import MicfpError
from micfp.plan.params import STUDY_SECTIONS, Params
from micfp.project.code import code_here
from micfp.studies.registry import STUDIES
from micfp.tracking.records import figures_in

HEAD = """\
# The study `{target}` under DVC:
#   micfp dvc-file {target} > {folder}/dvc.yaml; dvc repro {folder}/dvc.yaml
# Not part of the file above it: `dvc repro` and `dvc exp run` would run it each time.
"""


def dvc_file(target: str) -> str:
    """The dvc.yaml of a study, for a folder of its own beside params.yaml.

    Its parameters are the sections that its results depend on; its metrics and figures are what it
    has published here, so that it is written anew after the first run.

    Raises MicfpError for a study that there is not.
    """
    if target not in STUDIES:
        raise MicfpError(f"{target}: there is no such study (there: {', '.join(STUDIES)})")
    study = STUDIES[target]
    others = STUDY_SECTIONS - {study.section}
    sections = study.sections or frozenset(Params.model_fields) - others
    preset = [f"workflow/presets/{study.preset}.yaml"] if study.preset else []
    differences = f" --configfile params.yaml {preset[0]}" if preset else ""
    folder = RESULTS / study.folder
    outputs = [folder, *([RESULTS / "store" / target] if study.travels else [])]
    stage = {
        "desc": study.does,
        "wdir": "..",
        "cmd": f"snakemake {target} --cores all{differences}",
        "params": [name for name in Params.model_fields if name in sections],
        "deps": ["Snakefile", code_here(), "workflow/rules", "data", *preset],
        "outs": [{str(path): {"persist": True}} for path in outputs],
    }
    content: dict[str, Any] = {
        "stages": {target: stage},
        "metrics": [f"../{folder / 'metrics.json'}"],
        "plots": [f"../{path}" for path in figures_in(folder, "**/*")],
    }
    head = HEAD.format(target=target, folder=study.folder)
    return head + yaml.safe_dump(content, sort_keys=False, width=100)
