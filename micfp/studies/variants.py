"""Corpora of a study: the parameters of each, and its parts."""

from typing import Any

from micfp.engine.task import Recording
from micfp.errors import MicfpError
from micfp.models.config import ModelGroup
from micfp.plan.folds import settled_aloud
from micfp.plan.models import Model, models_of
from micfp.plan.params import STUDY_SECTIONS, Params, merge, parse_params
from micfp.plan.params_file import read_yaml
from micfp.plan.study_settings import CorpusDifferences
from micfp.tables import labels_of


def params_of(params: Params, given: CorpusDifferences, where: str) -> Params:
    """The parameters of one corpus; `where` names its section in what is said of a wrong value."""
    values: dict[str, Any] = params.model_dump(mode="json", exclude=set(STUDY_SECTIONS))
    if given.preset is not None:
        values = merge(values, read_yaml(given.preset))
    own = parse_params(merge(values, given.differences), where)
    return settled_aloud(own, {"split", "selection"}, f"{where}.differences.").params


def known_models(
    groups: tuple[ModelGroup, ...], own: Params, study: str, corpus: str
) -> tuple[Model, ...]:
    """The models of a study; MicfpError where a corpus lacks what one of them names."""
    models = tuple(models_of(groups))
    for model in models:
        if model.features not in own.features or model.preparation not in own.preparations:
            raise MicfpError(
                f"{study}.models names {model.name}, whose features or preparation are not under "
                f"features or preparations of {study}.corpora.{corpus}"
            )
    return models


def parts(
    recordings: list[Recording], own: Params, where: str
) -> tuple[tuple[Recording, ...], tuple[Recording, ...]]:
    """Recordings to train on, and those to test, as the split will deal their segments.

    Raises MicfpError for a split that deals by anything but a label that copies share.
    """
    import numpy as np
    import pandas as pd

    from micfp.recordings.splits import Asked, make_folds

    split = own.split
    if split.kind not in ("by_content", "by_session") or split.folds is not None:
        raise MicfpError(
            f"{where}: its split is {split.kind}"
            f"{' in folds' if split.folds else ''}; give one by_content or by_session with test or "
            "test_share, so that no copy of what is tested is trained on"
        )
    labels = pd.DataFrame(
        [{"segment": r.recording, "recording": r.recording, **dict(r.labels)} for r in recordings],
        columns=["segment", "recording", *labels_of(own.target)],
    )
    rng = np.random.default_rng(own.seed)
    asked = Asked(f"{where}.differences.split", rows="recordings")
    (fold,) = make_folds(labels, split, own.target, rng, asked)
    train, test = (tuple(recordings[i] for i in part) for part in (fold.train, fold.test))
    return train, test
