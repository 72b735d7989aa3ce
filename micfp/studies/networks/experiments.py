"""Planning of the paper's experiments: each is a table of trainings, on one corpus or several."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.plan.experiment import Corpus, plan_corpus
from micfp.plan.fits import fit_task
from micfp.plan.frames import fine_tuning_task, train_task
from micfp.plan.models import models_of
from micfp.plan.paper_settings import ComparisonConfig, TransferConfig
from micfp.plan.params import Params
from micfp.report.published import row_name
from micfp.studies.networks import latency
from micfp.studies.networks.compare import STAGE
from micfp.studies.variants import params_of

TIMED = ("paper-table6", "paper-lean")  # with the time that one sample takes
LAYERS: tuple[Literal["mlp", "softmax"], ...] = ("mlp", "softmax")


@dataclass
class Variant:
    """One corpus of the experiments: its parameters, and its tables as they are asked for."""

    name: str
    params: Params
    corpus: Corpus
    tables: dict[tuple[str, str], Task] = field(default_factory=dict)

    def matrix(self, name: str) -> Task:
        """The frame matrices of a frame set."""
        key = ("frames", name)
        if key not in self.tables:
            self.tables[key] = self.corpus.matrix(self.params, name)
        return self.tables[key]

    def dataset(self, name: str) -> Task:
        """The table of a feature set."""
        key = ("features", name)
        if key not in self.tables:
            self.tables[key] = self.corpus.dataset(self.params, name)
        return self.tables[key]

    def train(self, name: str) -> Task:
        """The training of one method."""
        method = self._method(name)
        training = self.params.trainings[method.training]
        return train_task(self.params, name, method, training, self.matrix(method.frames))

    def _method(self, name: str) -> Any:
        if name not in self.params.methods:
            raise MicfpError(
                f"the experiments name the method {name!r}, which is not under methods (there: "
                f"{', '.join(sorted(self.params.methods))})"
            )
        return self.params.methods[name]


def plan(target: str, params: Params) -> dict[str, Any]:
    """Plan one experiment: its table, and the trainings that it stands on.

    Raises MicfpError where it is not filled in, or names what is not there.
    """
    variants = _variants(params)
    if target == "paper-transfer":
        rows = list(_transfer(params, variants))
    else:
        section = target.removeprefix("paper-")
        rows = list(_compared(target, getattr(params.paper, section), variants))
    fits = {row_name(labels): task for labels, task in rows}
    corpora = list(dict.fromkeys(labels["corpus"] for labels, _ in rows))
    settings: dict[str, Any] = {
        "experiment": target,
        "corpora": corpora,
        "rows": [labels for labels, _ in rows],
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    inputs = {
        "fits": tuple(task for _, task in rows),
        "quality": tuple(variants(name).corpus.quality for name in corpora),
    }
    if target == "paper-transfer":
        settings["least_source_accuracy"] = {
            one.source: one.least_source_accuracy for one in params.paper.transfer
        }
    if target in TIMED:
        inputs["forward"] = tuple(latency.task(task) for _, task in rows)
    return {"study": Task(STAGE, settings, inputs), "fits": fits}


def plan_of(target: str) -> Callable[[Params], dict[str, Any]]:
    """What plans one experiment."""
    return functools.partial(plan, target)


def _variants(params: Params) -> Callable[[str], Variant]:
    """Gives each corpus of the experiments, planned once."""

    @functools.cache
    def variant(name: str) -> Variant:
        if name not in params.paper.corpora:
            raise MicfpError(
                f"the experiments name the corpus {name!r}, which is not under paper.corpora "
                f"(there: {', '.join(sorted(params.paper.corpora)) or 'none'})"
            )
        own = params_of(params, params.paper.corpora[name], f"paper.corpora.{name}")
        return Variant(name, own, plan_corpus(own, where=f"paper.corpora.{name}.differences."))

    return variant


Row = tuple[dict[str, Any], Task]


def _compared(
    target: str, parts: Sequence[ComparisonConfig], variants: Callable[[str], Variant]
) -> Iterator[Row]:
    if not any(part.corpora and (part.methods or part.models) for part in parts):
        raise MicfpError(
            f"{target} compares nothing: paper.{target.removeprefix('paper-')} names no corpora or "
            "no methods; add a preset, such as workflow/presets/paper-short.yaml"
        )
    for part in parts:
        for variant in map(variants, part.corpora):
            own = variant.params
            for name in part.methods:
                task = variant.train(name)
                labels = {"corpus": variant.name, "method": name}
                if "training" in task.params:
                    labels["training"] = own.methods[name].training
                yield labels, task
            for model in models_of(part.models):
                fitted = fit_task(own, model, variant.dataset(model.features), own.split)
                yield {"corpus": variant.name, "method": model.name}, fitted


def _transfer(params: Params, variants: Callable[[str], Variant]) -> Iterator[Row]:
    """What is trained on a corpus alone; then what was trained on a source, on each target."""
    transfers = params.paper.transfer
    if not any(transfer.targets for transfer in transfers):
        raise MicfpError(
            "paper-transfer has no source or no targets: set paper.transfer, or add a preset, such "
            "as workflow/presets/paper-short.yaml"
        )
    alone = {
        (corpus, name): None
        for transfer in transfers
        for corpus in (transfer.source, *transfer.targets)
        for name in transfer.pretrained
    }
    for corpus, name in alone:
        yield {"corpus": corpus, "method": name}, variants(corpus).train(name)
    for transfer in transfers:
        for corpus in transfer.targets:
            yield from _fine_tuned(transfer, variants(transfer.source), variants(corpus))


def _fine_tuned(transfer: TransferConfig, source: Variant, target: Variant) -> Iterator[Row]:
    """The four groups of the paper's Table IX, by each way of training."""
    for name in transfer.pretrained:
        method = source.params.methods[name]
        for layers in LAYERS:
            for training in transfer.trainings:
                labels = {"corpus": target.name, "method": name, "source": source.name}
                labels |= {"layers": layers, "fine_tuning": training}
                tuned = fine_tuning_task(
                    target.params,
                    f"{name} {layers}",
                    method,
                    source.train(name),
                    layers,
                    target.params.trainings[training],
                    target.matrix(method.frames),
                )
                yield labels, tuned
