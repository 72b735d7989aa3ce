"""Parameters of preparation, classifiers, splits and model selection."""

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from micfp.config.base import Section
from micfp.features.registry import FamilyName

Label = Literal["device", "make", "model", "session"]
DecisionRule = Literal["log_probability", "probability", "vote"]
SplitKind = Literal["random", "by_recording", "by_content", "by_session", "by_unit"]
ClassifierName = Literal[
    "svc", "knn", "mlp", "rf", "gb", "nb", "lr", "dt", "lda", "src", "rbf", "gda"
]


Folds = Annotated[int, Field(ge=2)]


class ValidationConfig(Section):
    """The share of the training part that a network stops on; nothing else learns from it."""

    kind: SplitKind = "by_content"
    groups: tuple[str, ...] | None = Field(None, description="labels of the groups")
    share: float | None = Field(None, gt=0, lt=1, description="share of the training part's groups")

    @model_validator(mode="after")
    def _one_amount(self) -> "ValidationConfig":
        if (self.groups is None) == (self.share is None):
            raise ValueError("validation needs groups or share, one of the two")
        if self.groups is not None and self.kind in ("random", "by_recording"):
            raise ValueError(f"groups: names groups, which {self.kind} has not; give a share")
        return self

    @property
    def split(self) -> "SplitConfig":
        """The split of the training part that takes the validation part out as its test."""
        return SplitConfig(kind=self.kind, test=self.groups, test_share=self.share)


class SplitConfig(Section):
    """Who trains and who is tested.

    Exactly one of `test` (labels of the test groups), `test_share` and `folds` says how much.
    """

    kind: SplitKind
    test: tuple[str, ...] | None = Field(None, description="labels of the groups to test on")
    test_share: float | None = Field(None, gt=0, lt=1, description="share of groups to test on")
    folds: Folds | Literal["auto"] | None = Field(
        None,
        description="k folds; every group is tested once; auto: as many as the recordings give, at "
        "most 4",
    )
    validation: ValidationConfig | None = Field(
        None, description="part of the training part that networks stop on, and nothing trains on"
    )

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A split without validation has the digest that it had before there was any."""
        content: dict[str, Any] = dump(self)
        if self.validation is None:
            content.pop("validation", None)
        return content

    @model_validator(mode="after")
    def _one_amount(self) -> "SplitConfig":
        given = [n for n in ("test", "test_share", "folds") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a split needs exactly one of test, test_share and folds, not {given or 'none'}"
            )
        if self.test is not None and self.kind in ("random", "by_recording"):
            raise ValueError(f"test: names groups, which a {self.kind} split has not")
        return self


class PreparationConfig(Section):
    """What is done to feature columns before a classifier, fitted on training rows only."""

    scaling: Literal["standard", "minmax", "none"] = "standard"
    select: int | None = Field(None, ge=1, description="keep k columns by mutual information")
    pca: int | None = Field(None, ge=1, description="principal components")
    random_projection: int | None = Field(
        None, ge=1, description="random combinations of columns, before principal components"
    )
    discriminant: int | None = Field(
        None, ge=1, description="combinations that set classes apart, after principal components"
    )
    missing: Literal["zero", "keep"] = Field(
        "zero", description="what is no number: 0, or left for a classifier that can do without"
    )

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A preparation has the digest that it had before there was what it does without."""
        content: dict[str, Any] = dump(self)
        for name in ("random_projection", "discriminant"):
            if getattr(self, name) is None:
                content.pop(name, None)
        if self.missing == "zero":
            content.pop("missing", None)
        return content


class SvcConfig(Section):
    """Support vector classifier, RBF kernel; probabilities by cross-validated calibration."""

    C: float = Field(1.0, gt=0)
    gamma: float | Literal["scale", "auto"] = "scale"
    kernel: Literal["rbf", "linear"] = "rbf"


class KnnConfig(Section):
    """Nearest neighbours; null: k = number of classes (thesis)."""

    n_neighbors: int | None = Field(None, ge=1)
    weights: Literal["uniform", "distance"] = "uniform"


class MlpConfig(Section):
    """Multi-layer perceptron."""

    hidden_layer_sizes: tuple[int, ...] = (100,)
    alpha: float = Field(1e-4, ge=0)
    max_iter: int = Field(200, ge=1)


class RfConfig(Section):
    """Random forest."""

    n_estimators: int = Field(100, ge=1)
    max_depth: int | None = None


class GbConfig(Section):
    """Gradient boosting."""

    n_estimators: int = Field(100, ge=1)
    learning_rate: float = Field(0.1, gt=0)
    max_depth: int = Field(3, ge=1)


class NbConfig(Section):
    """Gaussian naive Bayes."""

    var_smoothing: float = Field(1e-9, ge=0)


class LrConfig(Section):
    """Logistic regression."""

    C: float = Field(1.0, gt=0)
    max_iter: int = Field(1000, ge=1)


class DtConfig(Section):
    """Decision tree."""

    max_depth: int | None = None


class GdaConfig(Section):
    """Gaussian discriminant analysis over the columns that a row has."""

    shrinkage: float = Field(0.03, gt=0, le=1)
    ignore_level: bool = Field(True, description="of what is added to all columns, such as gain")
    most_deviations: float | None = Field(
        4.0, gt=0, description="columns further than this from all classes are left out of a row"
    )


class LdaConfig(Section):
    """Linear discriminant analysis with shrinkage of the covariance."""

    shrinkage: float | Literal["auto"] = "auto"


class SrcConfig(Section):
    """Sparse-representation classification: a row as a sum of few training rows."""

    n_nonzero: int = Field(10, ge=1, description="training rows in the sum")


class RbfConfig(Section):
    """Network of radial basis functions."""

    n_centres: int = Field(8, ge=1, description="k-means centres of each class")
    C: float = Field(100.0, gt=0, description="of the logistic regression on the activations")


class ClassifiersConfig(Section):
    """Hyperparameters: the thesis's eight (scikit-learn's defaults), and further classifiers."""

    svc: SvcConfig = SvcConfig()
    knn: KnnConfig = KnnConfig()
    mlp: MlpConfig = MlpConfig()
    rf: RfConfig = RfConfig()
    gb: GbConfig = GbConfig()
    nb: NbConfig = NbConfig()
    lr: LrConfig = LrConfig()
    dt: DtConfig = DtConfig()
    lda: LdaConfig = LdaConfig()
    src: SrcConfig = SrcConfig()
    rbf: RbfConfig = RbfConfig()
    gda: GdaConfig = GdaConfig()


class ModelGroup(Section):
    """Classifiers that share a feature set and a preparation."""

    features: str = Field(description="a name under features")
    families: tuple[FamilyName, ...] | None = Field(None, description="only these of the set")
    preparation: str = Field(description="a name under preparations")
    classifiers: tuple[ClassifierName, ...]


class SelectionConfig(Section):
    """Folds inside the training part, on which everything is chosen."""

    kind: SplitKind | Literal["auto"] = Field(
        "by_content",
        description="auto: by_content, or by_recording, or random, the first that the training "
        "part gives",
    )
    folds: Folds | Literal["auto"] = Field(
        4, description="auto: as many as the training part gives, at most 4"
    )
    metric: Literal["accuracy", "balanced_accuracy", "f1_macro"] = "balanced_accuracy"

    @property
    def split(self) -> SplitConfig:
        """The folds as a split; of a selection whose `auto` planning has settled."""
        return SplitConfig.model_validate({"kind": self.kind, "folds": self.folds})


class OverfittingConfig(Section):
    """Where over-fitting is looked for (thesis 5.2, 8); all inside the training part."""

    classifiers: tuple[ClassifierName, ...] = Field(
        ("svc", "knn", "mlp", "rf", "nb", "lr", "dt", "lda"),
        description="looked at in full; the others by one shuffle",
    )
    shuffles: int = Field(5, ge=1, description="repeats of the control with shuffled labels")
    learning_curve_shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    regularisation: dict[Literal["svc", "mlp", "lr", "lda"], tuple[float, ...]] = Field(
        {
            "svc": (0.01, 0.1, 1.0, 10.0, 100.0),
            "mlp": (1e-5, 1e-4, 1e-2, 1.0, 10.0),
            "lr": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0),
            "lda": (0.001, 0.01, 0.1, 0.5, 0.9),
        },
        description="C of svc and lr, alpha of mlp, shrinkage of lda",
    )


class EvaluationConfig(Section):
    """How scores become figures."""

    bootstrap_samples: int = Field(1000, ge=10)
    confidence: float = Field(0.95, gt=0, lt=1)
    top_k: int = Field(3, ge=1)
    decision: DecisionRule = Field(
        "log_probability",
        description="how segments name their recording, in every figure and in `micfp identify`: "
        "log-probabilities summed, probabilities averaged, or one vote each",
    )
