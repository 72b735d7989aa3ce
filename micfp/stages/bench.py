"""Step `bench`: the virtual bench's recordings of one session.

Reads: bench parameters. Writes: the WAV files of the session.
"""

from pathlib import Path

from micfp.engine.task import Spec


def run(spec: Spec, out: Path) -> None:
    """Render one session."""
    from micfp.bench.build import render
    from micfp.config.bench import BenchConfig

    render(
        BenchConfig.model_validate(spec.params["bench"]),
        spec.params["seed"],
        spec.params["session"],
        out,
    )
