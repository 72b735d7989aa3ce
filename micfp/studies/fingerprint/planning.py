"""What the study `fingerprint` makes."""

from typing import Any

from micfp.bench.population import speakers_of
from micfp.config.population import PopulationConfig
from micfp.engine.digests import file_digests
from micfp.engine.task import Task
from micfp.plan.fingerprint_settings import FingerprintConfig
from micfp.plan.params import Params
from micfp.studies.fingerprint import cases, content, fit, judge, pieces, takes


def plan(params: Params) -> dict[str, Any]:
    """Plan the study; MicfpError where a population names no speech."""
    study = params.fingerprint
    learned = study.training
    whole = _settings(params, learned)
    of_content = Task(
        content.STAGE,
        whole | {"n_classes": study.n_classes, "content_devices": _content_devices(study)},
    )
    goes_in = {"content": (of_content,)}
    shards = tuple(
        Task(pieces.STAGE, whole | {"devices": devices}, goes_in)
        for devices in _shards(learned, study)
    )
    same, other = (
        Task(cases.STAGE, _settings(params, population), goes_in)
        for population in (study.same_setting, study.other_setting)
    )
    fitted = Task(
        fit.STAGE,
        {"trained_on": trained_on(study)},
        goes_in | {"pieces": shards, "same": (same,), "other": (other,)},
    )
    asked = tuple(
        Task(takes.STAGE, _settings(params, study.judged) | {"devices": devices}, goes_in)
        for devices in _shards(study.judged, study)
    )
    return {"study": Task(judge.STAGE, {}, {"fit": (fitted,), "takes": asked})}


def trained_on(study: FingerprintConfig) -> str:
    """What a model says of its training."""
    one = study.training
    return (
        f"{one.n_devices} virtual phones, {one.sessions} sessions with {one.speakers} speakers "
        f"each, {one.take_s:g} s; no real phone"
    )


def _content_devices(study: FingerprintConfig) -> int:
    return min(study.content_devices, study.training.n_devices)


def _settings(params: Params, population: PopulationConfig) -> dict[str, Any]:
    """All that recordings of a population depend on: files of speech by their content."""
    files = [file for some in speakers_of(population, params.seed).values() for file in some]
    return {
        "population": population.model_dump(mode="json"),
        "speech": sorted(file_digests(files).values()),
        "seed": params.seed,
    }


def _shards(population: PopulationConfig, study: FingerprintConfig) -> list[list[int]]:
    step, n = study.devices_per_task, population.n_devices
    return [[first, min(first + step, n)] for first in range(0, n, step)]
