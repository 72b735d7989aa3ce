"""Speed of the paper's network: its recurrent layer, its encoder, a training step, one sample.

    python benchmarks/networks.py [THREADS]

Each beside the plain form that the tests hold it to: a convolution of input and of state a time,
and attention with heads of 64 written out. Seconds, the least of three.
"""

import ctypes
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from micfp.models.networks.convlstm import ConvLSTM
from micfp.models.networks.cross_scale import CrossScale, CrossScaleShape, Encoder
from micfp.models.networks.onnx import write_onnx

PAPER = CrossScaleShape(128, 73, 45)
BATCH = 64
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def main(threads: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    _keep_freed_memory()
    plain = _test_module("test_convlstm").plain
    print(f"torch {torch.__version__}, {threads} threads, batch {BATCH}\n")
    _print_header()
    layer = ConvLSTM(73, 1, 64, 3, 3)
    maps = torch.randn(128, BATCH, 73, 1)
    fast = _row("first ConvLSTM layer", lambda: layer(maps))
    slow = _row("the same, a convolution a time", lambda: plain(layer, maps))
    with torch.backends.mkldnn.flags(enabled=False):
        bare = _row("that without oneDNN", lambda: plain(layer, maps))
    _print_ratio("layer", fast, slow, bare)
    _print_header()
    encoder, numbers = Encoder(256), torch.randn(BATCH, 256, requires_grad=True)
    fast = _row("attention of an encoder", lambda: encoder.attention(numbers))
    slow = _row("the same, heads of 64 written out", lambda: written_out(encoder, numbers))
    print(f"\nattention: {slow / fast:.2f} times faster than the plain form\n")
    _one_sample(threads)
    _print_header()
    network, frames = CrossScale(PAPER), torch.randn(BATCH, 128, 73)
    y = torch.arange(BATCH) % 45
    fast = _row("whole network", lambda: functional.cross_entropy(network(frames), y))
    ConvLSTM.forward, Encoder.attention = plain, written_out  # type: ignore[method-assign]
    slow = _row("the same, plain", lambda: functional.cross_entropy(network(frames), y))
    with torch.backends.mkldnn.flags(enabled=False):
        bare = _row("that without oneDNN", lambda: functional.cross_entropy(network(frames), y))
    _print_ratio("training step", fast, slow, bare)


def _print_header() -> None:
    print("| what | forward, s | backward, s | sum, s |")
    print("| --- | ---: | ---: | ---: |")


def _print_ratio(what: str, fast: float, slow: float, bare: float) -> None:
    print(
        f"\n{what}: {slow / fast:.2f} times faster than the plain form, {bare / fast:.2f} times "
        "than that without oneDNN's convolutions\n"
    )


def written_out(encoder: Encoder, numbers: torch.Tensor) -> torch.Tensor:
    """Eq. 12-14 with tokens of width one."""
    projected = encoder.project_in(numbers.unsqueeze(-1)).unflatten(-1, (3, 8, 64))
    query, key, value = projected.permute(2, 0, 3, 1, 4)
    heard = functional.scaled_dot_product_attention(query, key, value)
    return encoder.project_out(heard.transpose(1, 2).flatten(-2)).squeeze(-1)


def _row(name: str, call: Callable[[], torch.Tensor]) -> float:
    forward = backward = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        result = call()
        middle = time.perf_counter()
        result.sum().backward()
        end = time.perf_counter()
        forward, backward = min(forward, middle - start), min(backward, end - middle)
    print(f"| {name} | {forward:.3f} | {backward:.3f} | {forward + backward:.3f} |")
    return forward + backward


def _one_sample(threads: int) -> None:
    import onnxruntime

    network = CrossScale(PAPER).eval()
    sample = torch.randn(1, 128, 73)
    with torch.inference_mode():
        eager = _least_ms(lambda: network(sample))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        zero, one = np.zeros(73, np.float32), np.ones(73, np.float32)
        write_onnx(network, {"frames": (128, 73)}, [zero], [one], path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        given = {"frames": sample.numpy()}
        onnx = _least_ms(lambda: session.run(None, given))
    print(
        f"one sample: PyTorch {eager:.1f} ms, ONNX Runtime {onnx:.1f} ms (the paper: 5.2 ms, GPU)\n"
    )


def _least_ms(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(30):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _test_module(name: str) -> ModuleType:
    path = Path(__file__).parents[1] / "tests" / "models" / "networks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _keep_freed_memory() -> None:
    """As workers do: without it half of the time goes into fresh pages."""
    mallopt = ctypes.CDLL(None).mallopt
    mallopt(M_MMAP_THRESHOLD, 1 << 30)
    mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
