"""What the study `fingerprint` makes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from micfp.bench.population import speakers_of
from micfp.config.audio import CorpusConfig
from micfp.config.population import PopulationConfig
from micfp.config.recipe import RecipeConfig
from micfp.degrade import source_files
from micfp.engine.digests import file_digests
from micfp.engine.task import Recording, Task
from micfp.errors import MicfpError
from micfp.plan.fingerprint_settings import (
    ALONE,
    AS_IT_IS,
    FOLDS,
    FingerprintConfig,
    NetworkConfig,
    Protocol,
)
from micfp.plan.params import Params, merge, parse_params
from micfp.plan.recordings import plan_originals, shards
from micfp.studies.fingerprint import (
    ablate,
    blend,
    calibrate,
    cases,
    content,
    fit,
    heard,
    judge,
    network,
    pieces,
    stretches,
    takes,
    validate,
)

SHARD_MB = 10.0
"""A recording is heard under every condition."""


@dataclass(frozen=True)
class _Learned:
    """A model, and fingerprints of what it is judged on, which hang on its classes of frames.

    Attributes
    ----------
    fitted
        The model.
    takes
        Fingerprints of the judged population.
    content
        Its classes.
    """

    fitted: Task
    takes: tuple[Task, ...]
    content: Task


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises
    ------
    MicfpError
        A population names no speech, or one that is judged by what the model learned from; a wrong
        value of a variant.
    """
    study = params.fingerprint
    learned = _learned(params)
    real = [_Real(params, corpus) for corpus in study.corpora]
    added = [one for one in real if one.corpus.name in study.add]
    published = _blended(study, added, learned)
    inputs: dict[str, tuple[Task, ...]] = {
        "fit": (published,),
        "calibration": (_calibrated(params, real, published, learned),),
        "takes": learned.takes,
        "validated": tuple(
            one.validated(protocol, learned, study.recipe)
            for one in real
            for protocol in one.protocols()
        ),
        "heard": tuple(task for one in real for task in one.heard(learned.content)),
        "ablation": _ablation(params, learned, real),
    }
    return {"study": Task(judge.STAGE, {}, {k: v for k, v in inputs.items() if v})}


def _learned(params: Params) -> _Learned:
    """A model, with as much of others as has the same parameters."""
    study = params.fingerprint
    _check_strangers(study, params.seed)
    described = study.content or study.training
    n_devices = min(study.content_devices, described.n_devices)
    of_content = Task(
        content.STAGE,
        _settings(params, described) | {"n_classes": study.n_classes, "content_devices": n_devices},
    )
    goes_in = {"content": (of_content,)}
    trained = _settings(params, study.training)
    shards = tuple(
        Task(pieces.STAGE, trained | {"devices": devices}, goes_in)
        for devices in _shards(study.training, study)
    )
    same, other = (
        Task(cases.STAGE, _settings(params, population), goes_in)
        for population in (study.same_setting, study.other_setting)
    )
    fitted = Task(
        fit.STAGE,
        {"trained_on": trained_on(study), "recipe": study.recipe.model_dump(mode="json")},
        goes_in
        | {"pieces": shards, "same": (same,), "other": (other,)}
        | ({"network": (_network(params, study.network, goes_in),)} if study.network else {}),
    )
    asked = {"copies": 0, "lengths_s": [1, 3], "most": None}
    return _Learned(fitted, _takes(params, study.judged, asked, of_content), of_content)


def _takes(
    params: Params, population: PopulationConfig, asked: dict[str, Any], content: Task
) -> tuple[Task, ...]:
    """Fingerprints of references and tests of a population."""
    settings = _settings(params, population) | asked
    return tuple(
        Task(takes.STAGE, settings | {"devices": devices}, {"content": (content,)})
        for devices in _shards(population, params.fingerprint)
    )


def _calibrated(
    params: Params, real: Sequence["_Real"], published: Task, learned: _Learned
) -> Task:
    """What scores of the published model are worth, by virtual devices; real ones test it."""
    study = params.fingerprint
    asked = {"copies": 3, "lengths_s": [0.5, 1, 3, 5], "most": 2}
    settings = {
        "corpora": {one.corpus.name: one.n_recordings for one in real},
        "conditions": list(study.conditions),
        "lengths_s": list(study.lengths_s),
        "n_measures": study.measures,
        "replicates": study.replicates,
        "made_of": calibrated_on(study),
        "seed": params.seed,
    }
    goes_in = {
        "fit": (published,),
        "takes": _takes(params, study.calibration, asked, learned.content),
        "judged": learned.takes,
        "heard": tuple(task for one in real for task in one.heard(learned.content)),
    }
    audio = tuple(recording for one in real for recording in one.audio)
    inputs = {name: tasks for name, tasks in goes_in.items() if tasks}
    return Task(calibrate.STAGE, settings, inputs, audio=audio, labels=True)


def _ablation(params: Params, whole: _Learned, real: Sequence["_Real"]) -> tuple[Task, ...]:
    """One table of the model and of its variants, none of them blended; nothing without any."""
    study = params.fingerprint
    if not study.ablations:
        return ()
    variants = {AS_IT_IS: (study, whole)}
    for name, differences in study.ablations.items():
        own = variant(params, name, differences)
        variants[name] = (own.fingerprint, _learned(own))
    alone = Protocol(name=ALONE)
    settings = {
        "variants": [
            {"variant": name, "n_devices": one.training.n_devices}
            for name, (one, _) in variants.items()
        ],
        "corpora": [one.corpus.name for one in real],
    }
    inputs = {
        "judged": tuple(
            Task(judge.STAGE, {}, {"fit": (learned.fitted,), "takes": learned.takes})
            for _, learned in variants.values()
        ),
        "validated": tuple(
            one.validated(alone, learned, own.recipe)
            for own, learned in variants.values()
            for one in real
        ),
    }
    return (Task(ablate.STAGE, settings, {k: v for k, v in inputs.items() if v}),)


def variant(params: Params, name: str, differences: Mapping[str, Any]) -> Params:
    """Parameters with the differences of a variant.

    Raises
    ------
    MicfpError
        A wrong key or value.
    """
    whole = params.fingerprint.model_dump(mode="json", exclude={"ablations"})
    values = {"seed": params.seed, "fingerprint": merge(whole, differences)}
    own = parse_params(values, f"fingerprint.ablations.{name}")
    return params.model_copy(update={"fingerprint": own.fingerprint})


def _network(
    params: Params, wanted: NetworkConfig, goes_in: Mapping[str, tuple[Task, ...]]
) -> Task:
    """The network, trained on a population of its own."""
    whole = _settings(params, wanted.population)
    taught = tuple(
        Task(stretches.STAGE, whole | {"devices": devices}, goes_in)
        for devices in _shards(wanted.population, params.fingerprint)
    )
    settings = wanted.model_dump(mode="json") | {"seed": params.seed}
    return Task(network.STAGE, settings, {"stretches": taught})


class _Real:
    """What is made of a corpus of real devices."""

    def __init__(self, params: Params, corpus: CorpusConfig) -> None:
        self.corpus, self._study, self._seed = corpus, params.fingerprint, params.seed
        recordings = plan_originals(
            params.model_copy(update={"corpus": corpus, "target": "device"})
        )
        self._settings = {
            "conditions": self._conditions(),
            "measured": sorted(file_digests(self._sources()).values()),
            "lengths_s": list(self._study.lengths_s),
            "channel": corpus.channel,
            "seed": params.seed,
        }
        self.shards = shards(recordings, SHARD_MB)
        self.devices = {one.labels["device"] for one in recordings}
        self.n_devices = len(self.devices)
        self.n_contents = len({one.labels["content"] for one in recordings})
        if self.n_devices < 2 or self.n_contents < 2:
            raise MicfpError(
                f"fingerprint: the corpus {corpus.name} has {self.n_devices} devices with "
                f"{self.n_contents} contents; to tell devices apart by what they did not say in "
                "common, two of each are needed"
            )

    def _conditions(self) -> dict[str, Any]:
        return {
            name: [one.model_dump(mode="json") for one in chain]
            for name, chain in self._study.conditions.items()
        }

    def _sources(self) -> list[Path]:
        """Noise and the like that conditions are made with."""
        return [file for chain in self._study.conditions.values() for file in source_files(chain)]

    def heard(self, content: Task) -> tuple[Task, ...]:
        """Fingerprints of the recordings by these classes of frames."""
        goes_in = {"content": (content,)}
        return tuple(
            Task(heard.STAGE, self._settings, goes_in, audio=shard) for shard in self.shards
        )

    @property
    def audio(self) -> tuple[Recording, ...]:
        """The recordings in the order of the shards."""
        return tuple(one for shard in self.shards for one in shard)

    @property
    def n_recordings(self) -> list[int]:
        """Of each shard."""
        return [len(shard) for shard in self.shards]

    def protocols(self) -> Iterator[Protocol]:
        """What the corpus has enough devices and contents for."""
        study = self._study
        blended = {"share": study.share, "kappa": study.kappa}
        yield Protocol(name=ALONE)
        for name, without in study.without.items():
            if self.devices.issuperset(without) and self.n_devices >= len(without) + 2:
                yield Protocol(name=f"{ALONE}, {name}", without=without)
        if self.n_contents < 3 or self.n_devices < 6:
            return
        folds = min(study.folds, self.n_devices // 2)
        for contents in ("disjoint", "seen"):
            yield Protocol.model_validate(
                {"name": FOLDS, "content": contents, "folds": folds, **blended}
            )
        for n in study.few:
            if n <= self.n_devices - 2:
                yield Protocol.model_validate(
                    {"name": f"with {n}", "few": n, "draws": study.draws, **blended}
                    | {"enrolled_clean": False}
                )

    def validated(self, protocol: Protocol, learned: _Learned, recipe: RecipeConfig) -> Task:
        """By one protocol."""
        settings = {
            "protocol": protocol.model_dump(mode="json"),
            "corpus": self.corpus.name,
            "conditions": list(self._study.conditions),
            "lengths_s": list(self._study.lengths_s),
            "n_recordings": self.n_recordings,
            "recipe": recipe.model_dump(mode="json"),
            "seed": self._seed,
        }
        goes_in = {"fit": (learned.fitted,), "heard": self.heard(learned.content)}
        return Task(validate.STAGE, settings, goes_in, audio=self.audio, labels=True)


def _blended(study: FingerprintConfig, added: Sequence[_Real], learned: _Learned) -> Task:
    """The model that is published."""
    if not added:
        return learned.fitted
    audio = tuple(
        replace(one, labels={**one.labels, "corpus": real.corpus.name})
        for real in added
        for one in real.audio
    )
    n_devices = sum(real.n_devices for real in added)
    settings = {
        "share": study.share,
        "kappa": study.kappa,
        "recipe": study.recipe.model_dump(mode="json"),
        "n_recordings": [n for real in added for n in real.n_recordings],
        "trained_on": f"{trained_on(study, real=False)}; blended with {n_devices} devices of "
        + ", ".join(real.corpus.name for real in added),
    }
    heard_by_all = tuple(task for real in added for task in real.heard(learned.content))
    goes_in = {"fit": (learned.fitted,), "heard": heard_by_all}
    return Task(blend.STAGE, settings, goes_in, audio=audio, labels=True)


def trained_on(study: FingerprintConfig, *, real: bool = True) -> str:
    """What a model says of its training; `real`: that no real phone had a part in it."""
    one = study.training
    return (
        f"{one.n_devices} virtual phones, {one.sessions} sessions with {one.speakers} speakers "
        f"each, {one.take_s:g} s"
        + (f"; a network on {study.network.population.n_devices} others" if study.network else "")
        + ("; no real phone" if real else "")
    )


def calibrated_on(study: FingerprintConfig) -> str:
    """What a calibration says of itself."""
    one = study.calibration
    return (
        f"{one.n_devices} virtual phones that taught nothing, {one.sessions} sessions with "
        f"{one.speakers} speakers each, as they are and degraded"
    )


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
    described = (study.content,) if study.content is not None else ()
    for asked in (study.judged, study.calibration):
        heard_by_judges = _heard(asked, seed)
        for learned in (*described, *study.learned):
            common = heard_by_judges.keys() & _heard(learned, seed)
            if common:
                name = min(heard_by_judges[one] for one in common)
                raise MicfpError(
                    f"fingerprint: {asked.name} and {learned.name} both have the speech of "
                    f"{name}, and nobody who judges may have been learned from; give them parts "
                    "that share no speaker, such as speaker_part [0, 2] and [1, 2]"
                )


def _heard(population: PopulationConfig, seed: int) -> dict[str, str]:
    """Names of what is heard by the digest of the file, or by the voice of espeak-ng."""
    if population.speech_from is None:
        return {voice: voice for voice in speakers_of(population, seed)}
    return {digest: name for name, digest in _files(population, seed)}


def _shards(population: PopulationConfig, study: FingerprintConfig) -> list[list[int]]:
    step, n = study.devices_per_task, population.n_devices
    return [[first, min(first + step, n)] for first in range(0, n, step)]
