"""The classifiers: the thesis's settings, honest probabilities, clear refusals."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.covariance import LedoitWolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from micfp.config.models import PreparationConfig
from micfp.errors import MicfpError
from micfp.models.classical import MIN_PROBABILITY, Fitted, build, fit, floored_log
from micfp.models.classifiers import CLASSIFIERS, ClassifiersConfig
from micfp.models.classifiers.gb import GbConfig
from micfp.models.classifiers.knn import KnnConfig
from micfp.models.classifiers.mlp import MlpConfig
from micfp.models.classifiers.rf import RfConfig
from micfp.models.selection import out_of_fold
from micfp.recordings.splits import Fold

NAMES = tuple(CLASSIFIERS)
SMALL = ClassifiersConfig(
    mlp=MlpConfig(max_iter=30), rf=RfConfig(n_estimators=10), gb=GbConfig(n_estimators=5)
)


def data(
    n_classes: int = 4, n_each: int = 25, spread: float = 1.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training rows, their labels, and test rows of overlapping Gaussian classes."""
    rng = np.random.default_rng(3)
    centres = rng.normal(0, 2, size=(n_classes, 5))
    y = np.repeat(np.arange(n_classes), n_each)
    X = centres[y] + rng.normal(0, spread, size=(len(y), 5))
    test = centres[y] + rng.normal(0, spread, size=(len(y), 5))
    return X, np.array([f"phone {c:02d}" for c in y]), test


def fitted(
    name: Any, X: np.ndarray, y: np.ndarray, classifiers: ClassifiersConfig = SMALL
) -> Fitted:
    pipeline = build(name, classifiers, PreparationConfig(), len(set(y)), seed=42)
    return fit(pipeline, X, y)


@pytest.mark.parametrize("name", NAMES)
def test_log_probabilities_are_probabilities(name: str) -> None:
    X, y, test = data()
    model = fitted(name, X, y)
    log_p = model.log_probabilities(test)
    assert log_p.shape == (100, 4)
    assert log_p.dtype == np.float64
    assert np.isfinite(log_p).all()
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1, rtol=1e-12)
    # 4 classes: the row is divided by at most 1 + 3 * floor
    assert log_p.min() >= np.log(MIN_PROBABILITY / (1 + 3 * MIN_PROBABILITY)) - 1e-12
    assert model.classes == ("phone 00", "phone 01", "phone 02", "phone 03")
    accuracy = np.mean(np.array(model.classes)[log_p.argmax(axis=1)] == y)
    assert accuracy > 0.5  # chance is 0.25


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("svc", SVC(random_state=42)),
        ("knn", KNeighborsClassifier(4)),
        ("mlp", MLPClassifier(max_iter=30, random_state=42)),
        ("rf", RandomForestClassifier(10, random_state=42)),
        ("gb", GradientBoostingClassifier(n_estimators=5, random_state=42)),
        ("nb", GaussianNB()),
        ("lr", LogisticRegression(max_iter=1000, random_state=42)),
        ("dt", DecisionTreeClassifier(random_state=42)),
        ("lda", LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")),
    ],
)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_decisions_are_those_of_the_thesis_s_classifiers(name: str, reference: Any) -> None:
    """scikit-learn's defaults, seed 42, k = number of classes, after standard scaling."""
    X, y, test = data()
    expected = make_pipeline(StandardScaler(), clone(reference)).fit(X, y).predict(test)
    model = fitted(name, X, y)
    decided = np.array(model.classes)[model.log_probabilities(test).argmax(axis=1)]
    # The SVC's ties between votes may fall the other way; everything else is the same.
    assert np.mean(decided == expected) >= (0.97 if name == "svc" else 1.0)


def test_the_svc_s_probabilities_do_not_change_its_decisions() -> None:
    """20 overlapping classes of unequal spread: a sigmoid for each class would change 7 %."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(20), 15)
    centres, spread = rng.normal(0, 2, size=(20, 8)), rng.uniform(0.5, 2, size=20)
    X, test = (centres[y] + spread[y, None] * rng.normal(size=(300, 8)) for _ in range(2))
    labels = np.array([f"{c:02d}" for c in y])
    expected = make_pipeline(StandardScaler(), SVC()).fit(X, labels).predict(test)
    model = fitted("svc", X, labels)
    decided = np.array(model.classes)[model.log_probabilities(test).argmax(axis=1)]
    assert np.mean(decided == expected) > 0.97


def test_floor_by_hand() -> None:
    # (1, 0): raised to (1, f), divided by 1 + f
    f = MIN_PROBABILITY
    expected = [[np.log(1 / (1 + f)), np.log(f / (1 + f))]]
    np.testing.assert_allclose(floored_log([[1.0, 0.0]]), expected)
    np.testing.assert_allclose(floored_log([[0.25, 0.75]]), np.log([[0.25, 0.75]]))


def test_k_is_the_number_of_classes_unless_said() -> None:
    assert build("knn", SMALL, PreparationConfig(), 30, 1)[-1].n_neighbors == 30
    five = ClassifiersConfig(knn=KnnConfig(n_neighbors=5))
    assert build("knn", five, PreparationConfig(), 30, 1)[-1].n_neighbors == 5


@pytest.mark.parametrize("name", ["svc", "src"])
def test_a_class_of_one_row_cannot_be_calibrated(name: str) -> None:
    X, y, _ = data(n_classes=2)
    kind = {"svc": "SVC", "src": "SparseRepresentation"}[name]
    with pytest.raises(MicfpError, match=f"cannot train {kind}: the class 'phone 01' has 1 train"):
        fitted(name, X[:26], y[:26])


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"gb"}))
def test_45_classes_of_few_segments(name: str) -> None:
    X, y, test = data(n_classes=45, n_each=3, spread=0.2)
    model = fitted(name, X, y)
    assert model.log_probabilities(test).shape == (135, 45)


def test_odd_values_at_prediction() -> None:
    X, y, _ = data()
    model = fitted("lr", X, y)
    zeros = model.log_probabilities(np.zeros((1, 5)))
    np.testing.assert_array_equal(model.log_probabilities(np.full((1, 5), np.nan)), zeros)
    np.testing.assert_array_equal(model.log_probabilities(np.full((1, 5), -np.inf)), zeros)
    assert model.log_probabilities(np.empty((0, 5))).shape == (0, 4)


# --- warnings are kept, not printed -------------------------------------------------------------


def test_no_convergence_is_kept(recwarn: pytest.WarningsRecorder) -> None:
    X, y, _ = data()
    model = fitted("mlp", X, y, ClassifiersConfig(mlp=MlpConfig(max_iter=2)))
    assert len(model.warnings) == 1
    assert model.warnings[0].startswith("ConvergenceWarning: ")
    assert "\n" not in model.warnings[0]
    assert len(recwarn) == 0


def test_fewer_rows_than_neighbours() -> None:
    X, y, _ = data(n_classes=2, n_each=3)
    model = fitted("knn", X, y, ClassifiersConfig(knn=KnnConfig(n_neighbors=50)))
    assert model.warnings == ("50 neighbours asked for and 6 training segments: used 6",)
    # All six rows vote, three for each class.
    np.testing.assert_allclose(np.exp(model.log_probabilities(X)), 0.5)


def test_few_rows_to_calibrate_on() -> None:
    X, y, _ = data()
    keep = (y != "phone 02") | (np.cumsum(y == "phone 02") <= 2)
    model = fitted("svc", X[keep], y[keep])
    assert "the class 'phone 02' has 2 training segments" in model.warnings[0]
    keep = (y != "phone 02") | (np.cumsum(y == "phone 02") <= 1)
    with pytest.raises(MicfpError, match="the class 'phone 02' has 1 training segment,"):
        fitted("svc", X[keep], y[keep])


def test_discriminant_analysis_of_two_rows_a_class() -> None:
    # More columns than rows: alone, Ledoit and Wolf's rule on x and -x shrinks by nothing, and a
    # singular covariance says nothing of new rows.
    rng = np.random.default_rng(0)
    centres = rng.normal(0, 1, (20, 200))
    y = np.repeat([f"phone {i:02d}" for i in range(20)], 2)
    X, test = (np.repeat(centres, 2, axis=0) + rng.normal(0, 0.5, (40, 200)) for _ in range(2))
    model = fitted("lda", X, y)
    named = np.array(model.classes)[model.log_probabilities(test).argmax(axis=1)]
    assert (named == y).mean() == 1
    assert "estimated on the rows of all classes together" in model.warnings[0]
    # The estimate by scikit-learn itself, on the rows less the means of their pairs.
    scaled = StandardScaler().fit_transform(X)
    centred = scaled - np.repeat((scaled[::2] + scaled[1::2]) / 2, 2, axis=0)
    shrinkage = LedoitWolf(assume_centered=True).fit(centred).shrinkage_
    assert model.pipeline.named_steps["classifier"].shrinkage == pytest.approx(shrinkage)
    assert not fitted("lda", *data()[:2]).warnings


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_one_class_is_refused(name: str) -> None:
    X, y, _ = data()
    with pytest.raises(MicfpError, match="25 segments of 1 class: training needs at least two"):
        fitted(name, X[:25], y[:25])


def test_no_rows_and_unequal_rows_are_refused() -> None:
    X, y, _ = data()
    with pytest.raises(MicfpError, match="0 segments of 0 class"):
        fitted("lda", X[:0], y[:0])
    with pytest.raises(MicfpError, match=r"\(100, 5\) with 99 labels"):
        fitted("lda", X, y[:-1])


def test_nothing_but_constant_columns_is_refused() -> None:
    _, y, _ = data()
    with pytest.raises(MicfpError, match="100 segments of 4 classes with 2 feature columns: No f"):
        fitted("lr", np.ones((100, 2)), y)


def test_as_many_classes_as_rows_is_refused_by_discriminant_analysis() -> None:
    with pytest.raises(MicfpError, match="3 segments of 3 classes"):
        fitted("lda", np.eye(3), np.array(["a", "b", "c"]))


def test_another_number_of_columns_is_refused() -> None:
    X, y, _ = data()
    model = fitted("nb", X, y)
    with pytest.raises(MicfpError, match=r"trained on 5 feature columns .* \(100, 4\)"):
        model.log_probabilities(X[:, :4])
    with pytest.raises(MicfpError, match="trained on 5"):
        model.log_probabilities(X[0])


# --- selection ----------------------------------------------------------------------------------


def halves(n: int) -> list[Fold]:
    even, odd = np.arange(0, n, 2), np.arange(1, n, 2)
    return [Fold(even, odd), Fold(odd, even)]


def test_out_of_fold_is_each_fold_by_hand() -> None:
    X, y, _ = data()
    folds = halves(len(X))
    scores = out_of_fold(X, y, folds, lambda: build("lda", SMALL, PreparationConfig(), 4, 42))
    for number, fold in enumerate(folds):
        scaler = StandardScaler().fit(X[fold.train])  # on the fold's training rows only
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        lda.fit(scaler.transform(X[fold.train]), y[fold.train])
        expected = floored_log(lda.predict_proba(scaler.transform(X[fold.test])))
        np.testing.assert_allclose(scores.log_p[fold.test], expected, rtol=1e-9)
        assert set(scores.fold[fold.test]) == {number}
    assert scores.classes == ("phone 00", "phone 01", "phone 02", "phone 03")


def test_out_of_fold_rows_never_tested_and_classes_never_trained() -> None:
    X, y, _ = data()
    train = np.flatnonzero((np.arange(100) % 2 == 0) & (y != "phone 01"))
    test = np.arange(1, 50, 2)
    scores = out_of_fold(
        X, y, [Fold(train, test)], lambda: build("nb", SMALL, PreparationConfig(), 4, 42)
    )
    untested = np.setdiff1d(np.arange(100), test)
    assert np.isnan(scores.log_p[untested]).all()
    assert set(scores.fold[untested]) == {-1}
    np.testing.assert_allclose(scores.log_p[test, 1], np.log(MIN_PROBABILITY))
    assert np.isfinite(scores.log_p[test]).all()


def test_what_scikit_learn_cannot_score_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y, test = data()
    model = fitted("nb", X, y)

    def predict_proba(*_: object) -> None:
        raise np.linalg.LinAlgError("did not converge")

    monkeypatch.setattr(GaussianNB, "predict_proba", predict_proba)
    with pytest.raises(MicfpError, match="GaussianNB cannot score 100 segments: did not converge"):
        model.log_probabilities(test)
