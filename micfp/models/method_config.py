"""Parameters of methods that learn from frame matrices: networks, and classifiers of mixtures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from micfp.config.base import Section
from micfp.models.classifiers import ClassifierName

Input = Literal["frames", "statistics", "gsv", "ivector"]
# The shape of a row of each input: frames (T, F), gsv (components, F), ivector (numbers,).
Shapes = Mapping[Input, tuple[int, ...]]
# What each network takes, in the order of its arguments. Its file in `networks` has its name.
NETWORKS: dict[str, tuple[Input, ...]] = {
    "cross_scale": ("frames",),
    "gsv_cnn": ("gsv",),
    "multi_feature_fusion": ("frames", "gsv", "ivector"),
    "multi_attention": ("frames", "gsv"),
    "plain_cnn": ("frames",),
    "plain_rnn": ("frames",),
    "spectrum_cnn": ("frames",),
    "subband_attention": ("frames",),
    "residual_inception": ("frames",),
    "dual_attention": ("frames",),
}
if TYPE_CHECKING:
    NetworkName = str
else:
    NetworkName = Literal[tuple(NETWORKS)]
Block = Literal["convlstm", "bilstm", "transformer"]


class TrainingConfig(Section):
    """How a network is trained: Adam, on cross-entropy.

    As it is, it is the paper's (V-E): "the initial learning rate is set to 0.0001, decreasing by a
    factor of 1/10 every 30 epochs", "the batch size during training is set to 64, and the training
    epochs are set to 100". It names no stop before, and no choice among epochs: the last is kept.
    """

    learning_rate: float = Field(1e-4, gt=0, description="at the start")
    schedule: Literal["steps", "one_cycle", "plateau"] = Field(
        "steps",
        description="steps: times factor every step_epochs; one_cycle: up to the learning rate in "
        "a third of all epochs, and down to nothing (Smith 2018); plateau: times factor after "
        "step_epochs without a lower validation loss",
    )
    step_epochs: int = Field(30, ge=1, description="epochs before the rate falls")
    factor: float = Field(0.1, gt=0, lt=1, description="by which the rate falls")
    batch_size: int = Field(64, ge=2, description="samples of a step")
    epochs: int = Field(100, ge=1, description="at most")
    patience_epochs: int | None = Field(
        None,
        ge=1,
        description="it stops after so many without a validation loss lower by 5 %; null: at its "
        "last epoch",
    )
    keep: Literal["last", "best"] = Field(
        "last", description="the weights of the last epoch, or of the lowest validation loss"
    )
    weight_decay: float = Field(0.0, ge=0, description="of the optimiser")
    accelerator: Literal["auto", "none"] = Field(
        "auto", description="auto: a GPU where there is one"
    )
    precision: Literal["mixed", "tf32", "float32"] = Field(
        "mixed",
        description="on a GPU: bfloat16 where that serves, products in TensorFloat-32, or float32",
    )
    threads: int = Field(1, ge=1, description="on the CPU; with another number sums may differ")


class GaussiansConfig(Section):
    """The mixture that supervectors and i-vectors stand on."""

    components: int = Field(64, ge=1, description="of the mixture")
    iterations: int = Field(20, ge=1, description="of expectation and maximisation")
    relevance: float = Field(10.0, gt=0, description="factor of the MAP adaptation")
    ivector_dimension: int = Field(64, ge=1, description="of an i-vector")
    ivector_iterations: int = Field(10, ge=1, description="of its training")


class MethodConfig(Section):
    """From frame matrices to a named device.

    Either a `network`, or a `classifier` on one `input`, or a device's `likelihood` or `codebook`.
    """

    frames: str = Field(description="a name under frames")
    network: NetworkName | None = Field(None, description="by name")
    blocks: tuple[Block, ...] = Field(
        ("convlstm", "bilstm", "transformer"), description="of cross_scale; others are left out"
    )
    peepholes: bool = Field(False, description="of cross_scale: gates see the cell (Eq. 6-8)")
    filters: tuple[int, int] = Field((64, 32), description="of cross_scale's two ConvLSTM layers")
    units: int = Field(
        128, ge=1, description="of cross_scale's BiLSTM in a direction, and of the hidden layer"
    )
    dropout: float = Field(
        0.0, ge=0, lt=1, description="share of plain_cnn's hidden units left out of a training step"
    )
    training: str = Field("ours", description="a name under trainings")
    classifier: ClassifierName | None = Field(None, description="by name")
    input: Literal["statistics", "frames", "gsv", "ivector", "bottleneck"] = Field(
        "statistics",
        description="of a classifier: means and deviations over the frames, all numbers of all "
        "frames, Gaussian supervector, i-vector, or an autoencoder's bottleneck of the supervector",
    )
    likelihood: bool = Field(False, description="a mixture per device, by maximum likelihood")
    codebook: bool = Field(False, description="a codebook per device, by least distortion")
    codewords: Literal[4, 8, 16, 32, 64, 128, 256] = Field(64, description="of a codebook")
    gaussians: GaussiansConfig = GaussiansConfig()

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A method without dropout has the digest that it had before there was any."""
        content: dict[str, Any] = dump(self)
        if not self.dropout:
            content.pop("dropout", None)
        return content

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        named = [self.network is not None, self.classifier is not None]
        if sum([*named, self.likelihood, self.codebook]) != 1:
            raise ValueError("a method needs one of network, classifier, likelihood and codebook")
        return self

    @property
    def has_network(self) -> bool:
        """Whether it is a network, or has an autoencoder, which stops on a validation part."""
        return self.network is not None or (
            self.classifier is not None and self.input == "bottleneck"
        )
