"""How to repeat it: parameters and versions."""

from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from markupsafe import Markup

from micfp.report.blocks import Block, Code, Fold, Points, Section, Text, table
from micfp.report.published import Published, Run

LIBRARIES = (
    "micfp",
    "numpy",
    "scipy",
    "scikit-learn",
    "librosa",
    "soxr",
    "av",
    "praat-parselmouth",
    "webrtcvad-wheels",
    "pyroomacoustics",
    "skops",
    "torch",
    "pandas",
    "matplotlib",
    "snakemake",
)


def repeat(published: Published) -> Section:
    """Everything that another person needs to get the same results."""
    from micfp.tracking.provenance import git_revision

    there: dict[str, Run] = dict(published.runs)
    if published.experiment is not None:
        there = {"all": published.experiment} | there
    versions = table(
        "Versions with which this report was written.",
        ("Program", "Version"),
        [("git revision", git_revision()), *((name, _version(name)) for name in LIBRARIES)],
        (0, 1),
    )
    return Section(
        "repeat",
        "How to repeat it",
        (
            *_commands(there),
            *(
                Fold(f"Parameters of {target}", (Code(_yaml(run.params)),))
                for target, run in there.items()
            ),
            versions,
        ),
        in_appendix=True,
    )


def _commands(targets: Iterable[str]) -> tuple[Block, ...]:
    commands = tuple(_command(target) for target in targets)
    if not commands:
        return (Text("Nothing is published here yet, so there is nothing to repeat."),)
    text = Markup(
        "The same parameters, recordings and versions give the same results, byte for byte. The "
        "parameters of each target stand below, those of its preset included: save them as {}, "
        "then run its command without a preset. Where each result lies in the store "
        "stands in run.json."
    ).format(Markup("<code>params.yaml</code>"))
    return Text(text), Points(commands)


def _command(target: str) -> Markup:
    return Markup("<code>snakemake -j2 {}</code>").format(target)


def _yaml(params: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(dict(params), sort_keys=False, allow_unicode=True, width=96)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
