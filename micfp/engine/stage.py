"""A stage: one kind of result, who makes it, and what that asks of a machine."""

import functools
import importlib.metadata
from dataclasses import dataclass
from typing import Literal

# How tasks share jobs (`micfp.engine.packing`): `chain`: with what they need and what needs them;
# `fit`: with others that wait for the same; `training`: with other trainings; `alone`: with none.
Packing = Literal["chain", "fit", "training", "alone"]


@dataclass(frozen=True)
class Stage:
    """One kind of result, and the module whose `run(spec, out)` makes it.

    Parameters
    ----------
    name
        stands in the addresses of results; with `version` it is part of every key
    version
        is raised whenever the results become different for the same inputs
    module
        is imported by the worker alone, so that planning stays fast
    mem_mb, minutes
        what a job of one task asks of a cluster
    packing
        how tasks share jobs
    s_per_mb
        seconds that a task takes for each MB of its size (`Task.size_mb`), until the store knows
        better (`micfp.engine.costs`): only the packing of jobs uses it
    cost_by
        names of the parameters that these seconds follow from
    late
        of a chain: stands right before what needs it, and keeps nothing else waiting
    gpu
        asks for one where the profile offers it
    libraries
        whose numbers the results are: their versions are part of every key
    rule_name
        of Snakemake's rule, where a target has the name of the stage
    environment
        what stands before the command
    travels
        whether results go with `results/` to other checkouts; large ones that are quickly made
        again from recordings do not
    of_features
        made by the target `features`, with which `all` finds them in other checkouts
    """

    name: str
    version: int
    module: str
    mem_mb: int = 1500
    minutes: int = 60
    packing: Packing = "chain"
    s_per_mb: float = 0.003
    cost_by: tuple[str, ...] = ()
    late: bool = False
    gpu: bool = False
    travels: bool = True
    of_features: bool = False
    libraries: tuple[str, ...] = ()
    rule_name: str = ""
    environment: str = ""

    @property
    def rule(self) -> str:
        """The name of Snakemake's rule."""
        return self.rule_name or self.name

    @property
    def made_by(self) -> dict[str, str]:
        """Versions of the libraries whose numbers the results are."""
        return {name: version_of(name) for name in self.libraries}


@functools.cache
def version_of(library: str) -> str:
    """The installed version of a library, by its name in the package index."""
    return importlib.metadata.version(library)
