"""What the study `fingerprint` makes."""

from typing import Any

from micfp.bench.population import speakers_of
from micfp.config.population import PopulationConfig
from micfp.engine.digests import file_digests
from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.plan.fingerprint_settings import FingerprintConfig
from micfp.plan.params import Params
from micfp.studies.fingerprint import cases, content, fit, judge, pieces, takes


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises
    ------
    MicfpError
        A population names no speech, or one that is judged by what the model learned from.
    """
    study = params.fingerprint
    _check_strangers(study, params.seed)
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
    """All that recordings of a population depend on."""
    return {
        "population": population.model_dump(mode="json"),
        "speech": _files(population, params.seed),
        "seed": params.seed,
    }


def _files(population: PopulationConfig, seed: int) -> list[tuple[str, str]]:
    """Files of speech by their names, which say who speaks, and by their content."""
    files = [file for some in speakers_of(population, seed).values() for file in some]
    root = population.speech_from or ""
    return sorted(
        (file.relative_to(root).as_posix(), digest) for file, digest in file_digests(files).items()
    )


def _check_strangers(study: FingerprintConfig, seed: int) -> None:
    heard_by_judges = _heard(study.judged, seed)
    for learned in (study.training, study.same_setting, study.other_setting):
        common = heard_by_judges.keys() & _heard(learned, seed)
        if common:
            name = min(heard_by_judges[one] for one in common)
            raise MicfpError(
                f"fingerprint: {study.judged.name} and {learned.name} both have the speech of "
                f"{name}, and nobody who judges may have been learned from; give them parts that "
                "share no speaker, such as speaker_part [0, 2] and [1, 2]"
            )


def _heard(population: PopulationConfig, seed: int) -> dict[str, str]:
    """Names of what is heard by the digest of the file, or by the voice of espeak-ng."""
    if population.speech_from is None:
        return {voice: voice for voice in speakers_of(population, seed)}
    return {digest: name for name, digest in _files(population, seed)}


def _shards(population: PopulationConfig, study: FingerprintConfig) -> list[list[int]]:
    step, n = study.devices_per_task, population.n_devices
    return [[first, min(first + step, n)] for first in range(0, n, step)]
