"""What classifiers declare of themselves."""

import subprocess
import sys
from dataclasses import replace

import pytest
from sklearn.base import is_classifier

from micfp.config.models import PreparationConfig
from micfp.errors import MicfpError
from micfp.models.classical import build
from micfp.models.classifiers import CLASSIFIERS, ClassifiersConfig, type_name
from micfp.models.config import OverfittingConfig
from micfp.plan.params import Params, parse_params


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_it_builds_what_it_says(name: str) -> None:
    declared = CLASSIFIERS[name]
    built = declared.build(declared.settings(), 3, 0)
    assert is_classifier(built)
    assert type_name(built) == declared.estimator


def test_a_wrong_type_is_named_before_anything_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name that one imports is not always the one that Python gives a class."""
    public = replace(CLASSIFIERS["svc"], estimator="sklearn.svm.SVC")
    monkeypatch.setitem(CLASSIFIERS, "svc", public)
    wrong = (
        r"micfp/models/classifiers/svc\.py: estimator is 'sklearn\.svm\.SVC', and build gives a "
        r"sklearn\.svm\._classes\.SVC; set estimator to that"
    )
    with pytest.raises(TypeError, match=wrong):
        build("svc", ClassifiersConfig(), PreparationConfig(), 3, 0)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_its_regularisation_is_a_setting_with_right_values(name: str) -> None:
    declared = CLASSIFIERS[name]
    if declared.regularisation is not None:
        for value in declared.regularisation.values:
            declared.settings.model_validate({declared.regularisation.setting: value})


def test_the_parameters_follow() -> None:
    assert list(ClassifiersConfig.model_fields) == list(CLASSIFIERS)
    regularisation = OverfittingConfig.model_fields["regularisation"]
    assert regularisation.description == "C of svc and lr, alpha of mlp, shrinkage of lda"
    group = {"features": "thesis", "preparation": "plain", "classifiers": ["knm"]}
    wrong = r"params\.yaml: models\.0\.classifiers\.0 = 'knm': Input should be 'svc', 'knn', .*; "
    with pytest.raises(MicfpError, match=wrong + r"the nearest right one is 'knn'$"):
        parse_params({"models": [group]})  # and not a word of how many models there must be
    with pytest.raises(
        MicfpError, match=r"^params\.yaml: models = \[\]: Tuple should have at least 1"
    ):
        parse_params({"models": []})
    with pytest.raises(MicfpError, match=r"unknown key 'classifiers\.knm': the nearest right"):
        parse_params({"classifiers": {"knm": {}}})
    assert Params().classifiers.knn.weights == "uniform"


@pytest.mark.parametrize("module", ["micfp.models.classifiers", "micfp.plan.params"])
def test_planning_needs_no_heavy_library(module: str) -> None:
    code = (
        f"import sys, {module}; print({{'pandas', 'scipy', 'sklearn', 'torch'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
