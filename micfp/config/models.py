"""Parameters of preparation, splits, model selection and evaluation."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from micfp.config.base import Section

NO_LABELS = ("path", "recording", "segment", "start_sample", "stop_sample")
"""Columns of our own tables that say nothing of what was recorded."""
LONGEST_LABEL = 100


def label_name(name: str) -> str:
    """The name of a label, as a header of a CSV is read: single spaces, small letters.

    Raises ValueError for what names none.
    """
    plain = " ".join(name.split()).lower()
    if not plain or len(plain) > LONGEST_LABEL:
        raise ValueError(f"names a label, with 1 to {LONGEST_LABEL} characters")
    if plain in NO_LABELS:
        raise ValueError(f"{plain} is no label of recordings; name one, such as device")
    return plain


Target = Annotated[str, AfterValidator(label_name)]
DecisionRule = Literal["log_probability", "probability", "vote"]
SplitKind = Literal["random", "by_recording", "by_content", "by_session", "by_unit"]
Folds = Annotated[int, Field(ge=2)]


class ValidationConfig(Section):
    """The share of the training part that a network stops on; nothing else learns from it."""

    kind: SplitKind = Field("by_content", description="what stays together on one side")
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

    kind: SplitKind = Field(description="what stays together on one side")
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

    scaling: Literal["standard", "minmax", "none"] = Field(
        "standard", description="of every column: to mean 0 and deviation 1, to 0..1, or not at all"
    )
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


def default_preparations() -> dict[str, PreparationConfig]:
    """Scaled columns, the thesis's principal components, and those of the feature study."""
    return {
        "plain": PreparationConfig(),
        "pca8": PreparationConfig(pca=8),
        "unscaled": PreparationConfig(scaling="none"),
        "top20": PreparationConfig(select=20),
    }


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
    metric: Literal["accuracy", "balanced_accuracy", "f1_macro"] = Field(
        "balanced_accuracy", description="what is the better, the greater"
    )

    @property
    def split(self) -> SplitConfig:
        """The folds as a split; of a selection whose `auto` planning has settled."""
        return SplitConfig.model_validate({"kind": self.kind, "folds": self.folds})


class EvaluationConfig(Section):
    """How scores become figures."""

    bootstrap_samples: int = Field(
        1000, ge=10, description="draws of recordings, for the intervals"
    )
    confidence: float = Field(0.95, gt=0, lt=1, description="of the intervals")
    top_k: int = Field(3, ge=1, description="how many devices may be named for top-k accuracy")
    decision: DecisionRule = Field(
        "log_probability",
        description="how segments name their recording, in every figure and in `micfp identify`: "
        "log-probabilities summed, probabilities averaged, or one vote each",
    )
