"""What tasks take as far as an empty store knows."""

from micfp.engine.task import Task


def cost_s(task: Task) -> float:
    """Seconds by the default of the task's stage."""
    return task.stage.s_per_mb * task.size_mb
