"""All benchmarks: prints a table and writes benchmarks.json (`make bench`)."""

import json
import os
import platform
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import commands
import features
import memory
import pipeline
import silence
import tracking


def main() -> None:
    """Run one after the other."""
    found = {}
    for module in (silence, features, pipeline, memory, commands, tracking):
        name = module.__name__
        print(f"\n{name}: {module.__doc__.splitlines()[0]}", flush=True)
        found[name] = module.run()
        for key, value in found[name].items():
            print(f"  {key:28} {value:.4g}" if isinstance(value, float) else f"  {key:28} {value}")
    machine = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
    }
    Path("benchmarks.json").write_text(json.dumps({"machine": machine, **found}, indent=1))
    print("\nwritten: benchmarks.json")


if __name__ == "__main__":
    main()
