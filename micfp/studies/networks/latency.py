"""Step `latency`: how long a method takes to name one sample, from its frames or features.

Reads: a training and its matrix, or a fit and its data set. Writes: `forward.json`: milliseconds a
sample (median of many) on one thread of the CPU, by the method as it is; of its network alone, and
by ONNX Runtime; and on an accelerator where there is one; and the names of both. Other numbers on
every machine: kept beside the tables, not in them.
"""

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from micfp.engine.libraries import LEARNING
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task

STAGE = Stage("latency", 2, "micfp.studies.networks.latency", mem_mb=4000, libraries=LEARNING)
REPEATS = 50
TOLERANCE = 1e-4


def task(made: Task) -> Task:
    """Plan the timing of one training, or of one fit."""
    if made.step == "train":
        return Task(STAGE, {}, {"train": (made,), "matrix": made.inputs["matrix"]})
    columns = {name: made.params[name] for name in ("families", "target")}
    return Task(STAGE, columns, {"fit": (made,), "dataset": made.inputs["dataset"]})


def run(spec: Spec, out: Path) -> None:
    """Time one sample at a time."""
    found = _of_fit(spec) if "fit" in spec.inputs else _of_training(spec, out)
    (out / "forward.json").write_text(json.dumps(found | {"processor": _processor()}, indent=1))


def _processor() -> str:
    """The name of the CPU, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _of_fit(spec: Spec) -> dict[str, Any]:
    from micfp.models.persistence import load
    from micfp.stages.fitting import read_data

    fitted = load(spec.entry("fit") / "model" / "model.skops")
    sample = read_data(spec.entry("dataset"), spec.params).X[:1]
    return {"whole_ms": _median_ms(lambda: fitted.log_probabilities(sample))}


def _of_training(spec: Spec, out: Path) -> dict[str, Any]:
    import numpy as np

    from micfp.models.method_files import load_method

    method = load_method(spec.entry("train") / "model")
    frames = np.load(spec.entry("matrix") / "frames.npy", mmap_mode="r")
    sample = np.asarray(frames[:1])
    found: dict[str, Any] = {"whole_ms": _median_ms(lambda: method.log_probabilities(sample))}
    if method.network is not None and method.fitted is None:
        found |= _of_network(method, sample, out)
    return found


def _of_network(method: Any, sample: Any, out: Path) -> dict[str, Any]:
    import numpy as np
    import onnxruntime
    import torch

    from micfp.errors import MicfpError
    from micfp.models.accelerators import accelerator, name_of
    from micfp.models.method_config import TrainingConfig
    from micfp.models.method_files import export_onnx
    from micfp.models.training import Rows

    torch.set_num_threads(1)
    values = method.frame_inputs.transform(sample)
    rows = Rows(values, method.shift, method.scale, np.zeros(1, np.int64))
    inputs = rows.batch(np.arange(1))
    network = method.network.eval()
    found: dict[str, Any] = {}
    with torch.inference_mode():
        logits = network(*inputs).numpy()
        found["network_ms"] = _median_ms(lambda: network(*inputs))
        device = accelerator(TrainingConfig())
        if device.type != "cpu":
            network.to(device)
            there = [x.to(device) for x in inputs]

            def once() -> None:
                network(*there)
                torch.accelerator.synchronize()

            found |= {"accelerator_ms": _median_ms(once), "accelerator": name_of(device)}
            network.to("cpu")
    path = out / "network.onnx"
    export_onnx(method, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = {name: np.asarray(v) for name, v in zip(method.frame_inputs.names, values, strict=True)}
    (by_onnx,) = session.run(None, given)
    difference = float(np.abs(by_onnx - logits).max())
    if difference > TOLERANCE * max(1.0, float(np.abs(logits).max())):
        raise MicfpError(
            f"{path}: ONNX Runtime's logits differ from PyTorch's by {difference:g}; this is a "
            "fault of micfp, please report it"
        )
    found["onnx_ms"] = _median_ms(lambda: session.run(None, given))
    path.unlink()
    return found | {"onnx_difference": difference}


def _median_ms(call: Callable[[], Any]) -> float:
    from statistics import median

    for _ in range(5):
        call()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * median(times)
