"""Tasks from segments to frame matrices, and the methods that learn from them."""

from typing import Any, Literal

from micfp.config.attack import PerturbationConfig
from micfp.engine.libraries import LEARNING, SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Task
from micfp.errors import MicfpError
from micfp.features.frames import FRAME_FAMILIES, settings_read
from micfp.models.method_config import MethodConfig, TrainingConfig
from micfp.plan.models import classifier_version
from micfp.plan.params import Params
from micfp.plan.recordings import channel_read
from micfp.plan.tables import encoded

# Networks take and give back tens of megabytes at every step: fewer, larger pages are cleared
# sooner. What is computed is the same; a C library without them takes no notice.
HUGE_PAGES = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"
FRAMES = Stage("frames", 3, "micfp.stages.frames", s_per_mb=0.05, cost_by=("set",), libraries=SOUND)
MATRIX = Stage("matrix", 3, "micfp.stages.matrix", mem_mb=2000)
TRAIN = Stage(
    "train",
    3,
    "micfp.stages.train",
    mem_mb=4000,
    minutes=1440,
    packing="training",
    s_per_mb=0.3,
    cost_by=("method", "training", "layers", "adversarial"),
    gpu=True,
    environment=HUGE_PAGES,
    libraries=LEARNING,
)
STAGES = (FRAMES, MATRIX, TRAIN)


def frames_task(
    params: Params, name: str, shard: tuple[Recording, ...], segments: Task, trimmed: Task | None
) -> Task:
    """Plan the frame set `name` of a shard."""
    inputs = {"segments": (segments,)} | ({} if trimmed is None else {"trim": (trimmed,)})
    own: dict[str, Any] = {"set": settings_read(params.frames[name])}
    own |= {"channel": channel_read(params)}
    version = FRAME_FAMILIES[params.frames[name].family].version
    if version != 1:  # a family whose code never changed keeps the keys that its results have
        own["version"] = version
    return Task(FRAMES, own, inputs, shard)


def matrix_task(
    params: Params,
    recordings: tuple[Recording, ...],
    quality: Task,
    segments: tuple[Task, ...],
    frames: tuple[Task, ...],
    trimmed: tuple[Task, ...],
) -> Task:
    """Plan the matrix of a frame set."""
    about = {
        "frames": frames[0].params["set"],
        "segments": segments[0].params["segments"],
        "channel": channel_read(params),
        **encoded(recordings),
    }
    inputs = {
        "quality": (quality,),
        "segments": segments,
        "frames": frames,
        "trimmed": trimmed,
    }
    return Task(MATRIX, {"about": about}, inputs, recordings, labels=True)


def train_task(
    params: Params, name: str, method: MethodConfig, training: TrainingConfig, matrix: Task
) -> Task:
    """Plan one training; `name` is what tables and runs call it."""
    settings = _training_settings(params, name, method, training)
    return Task(TRAIN, settings, {"matrix": (matrix,)}, where=matrix.where + "split")


def adversarial_task(
    params: Params,
    name: str,
    method: MethodConfig,
    training: TrainingConfig,
    matrix: Task,
    waveforms: Task,
    perturbation: PerturbationConfig,
) -> Task:
    """Plan a training on segments perturbed against the network as it is.

    waveforms: the matrix of the samples of the same segments.
    """
    settings = _training_settings(params, name, method, training)
    settings["adversarial"] = perturbation.model_dump(mode="json")
    inputs = {"matrix": (matrix,), "waveforms": (waveforms,)}
    return Task(TRAIN, settings, inputs, where=matrix.where + "split")


def fine_tuning_task(
    params: Params,
    name: str,
    method: MethodConfig,
    pretrained: Task,
    layers: Literal["mlp", "softmax"],
    training: TrainingConfig,
    matrix: Task,
) -> Task:
    """Plan the training of the last layers of a trained network for the devices of `matrix`."""
    settings = _training_settings(params, name, method, training) | {"layers": layers}
    inputs = {"matrix": (matrix,), "pretrained": (pretrained,)}
    return Task(TRAIN, settings, inputs, where=matrix.where + "split")


def _training_settings(
    params: Params, name: str, method: MethodConfig, training: TrainingConfig
) -> dict[str, Any]:
    split = params.split
    if method.has_network and split.validation is None:
        raise MicfpError(
            f"{name} is a network, and the split has no part to stop on: set split.validation, "
            "such as {kind: by_content, share: 0.2}"
        )
    if split.folds is not None:
        raise MicfpError(f"{name} is trained once: give split test or test_share instead of folds")
    own: dict[str, Any] = {}
    if method.classifier is not None:
        config = getattr(params.classifiers, method.classifier)
        own["classifiers"] = {method.classifier: config.model_dump(mode="json")}
        own |= classifier_version(method.classifier)
    if method.has_network:
        own["training"] = training.model_dump(mode="json", exclude=_usual(training))
    return own | {
        "name": name,
        "method": method.model_dump(mode="json", exclude={"training", "frames"}),
        "split": split.model_dump(mode="json"),
        "target": params.target,
        "seed": params.seed,
    }


def _usual(training: TrainingConfig) -> set[str]:
    """Settings of where it is trained that are as usual: the address of a result has none of them.

    What is asked for otherwise must reach the worker, and gives other numbers on a GPU.
    """
    return {n for n in ("accelerator", "precision") if getattr(training, n) == _default(n)}


def _default(name: str) -> Any:
    return TrainingConfig.model_fields[name].default
