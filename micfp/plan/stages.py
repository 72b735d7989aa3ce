"""The stages from recordings to figures, by their names; studies have stages of their own."""

from micfp.engine.stage import Stage
from micfp.plan import fits, frames, recordings, results, tables

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        *recordings.STAGES,
        *tables.STAGES,
        *frames.STAGES,
        *fits.STAGES,
        *results.STAGES,
    )
}
