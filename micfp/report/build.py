"""Builds results/report.html, and reports of other corpora, from what is under results/."""

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from markupsafe import Markup

from micfp.engine.places import OTHER_REPORTS, REPORT
from micfp.report import section_results as shown
from micfp.report.blocks import Fold, Points, Section, Text
from micfp.report.fitting import cut_tables, embedded, is_drawing, shortened, shown_size
from micfp.report.one_corpus import by_report
from micfp.report.published import Published, read_published
from micfp.report.section_honesty import honesty
from micfp.report.section_overfitting import overfitting
from micfp.report.section_recordings import recordings
from micfp.report.section_repeat import repeat
from micfp.report.section_summary import summary
from micfp.report.section_thesis import beside_the_thesis

REPORT_BYTES = 20_000_000


class Page(Protocol):
    """What the report needs to know of a study."""

    @property
    def command(self) -> str:
        """What runs it."""

    @property
    def does(self) -> str:
        """The end of a sentence that begins with its command."""

    @property
    def section(self) -> str:
        """Its section of the parameters."""

    @property
    def report(self) -> Callable[[Published], Section]:
        """Gives its section of the report; several studies may share one."""


def build_report(results: Path, studies: Mapping[str, Page]) -> Path:
    """Write the report of everything under `results`; returns its path, `results/report.html`.

    A report is of one corpus: studies of another than that of `all` have their own, below
    `results/reports/`, and those that are gone are removed. Each is one file that opens offline:
    style and figures are in it as far as `REPORT_BYTES` allow; other figures are linked to, and of
    long tables the first rows are shown. The same results give the same bytes, but for measured
    times, versions and the git revision. studies: those that there are, by their targets.

    Raises MicfpError where a published file is damaged.
    """
    from micfp.engine.store import write_whole

    reports = by_report(read_published(results, studies), studies)
    others = {name: one for name, one in reports.items() if name}
    for old in (results / OTHER_REPORTS.name).glob("*.html"):
        if old.stem not in others:
            old.unlink()
    for name, published in reports.items():
        path = report_path(results, name)
        write_whole(path, render(published, studies, path, {} if name else others))
    return report_path(results, "")


def report_path(results: Path, name: str) -> Path:
    """Where the report of that name lies; the empty name is that of the report of `all`."""
    return results / OTHER_REPORTS.name / f"{name}.html" if name else results / REPORT.name


def render(
    published: Published,
    studies: Mapping[str, Page],
    path: Path,
    others: Mapping[str, Published],
) -> str:
    """The report as HTML, for the place that it is read at. others: reports that it points to."""
    from jinja2 import Environment, StrictUndefined, select_autoescape

    here = files("micfp.report")
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    environment.tests["drawing"] = is_drawing
    environment.filters["place"] = lambda figure: Path(
        os.path.relpath(figure.path, path.parent)
    ).as_posix()
    template = environment.from_string((here / "report.html.j2").read_text(encoding="utf-8"))
    found = _sections(published, studies, others)
    sections = [cut_tables(shortened(section)) for section in found]
    page = functools.partial(
        template.render,
        title=_title(published),
        style=(here / "report.css").read_text(encoding="utf-8"),
        report=[section for section in sections if not section.in_appendix],
        appendix=[section for section in sections if section.in_appendix],
        size=shown_size,
    )
    n_bytes_of_text = len(page(embedded={}).encode())
    return page(embedded=embedded(sections, REPORT_BYTES - n_bytes_of_text))


def _title(published: Published) -> str:
    for run in (published.experiment, *published.runs.values()):
        if run is not None:
            return str(run.params["report"]["title"])
    return "micfp"


def _sections(
    published: Published, studies: Mapping[str, Page], others: Mapping[str, Published]
) -> Iterator[Section]:
    experiment = published.experiment
    if experiment is None and not published.runs:
        text = Markup(
            "No classifiers are published here yet: <code>snakemake -j2 all</code> makes them."
        )
        yield Section("summary", "In short", (Text(text, "lead"),))
    if experiment is not None:
        yield summary(experiment)
        yield shown.results(experiment)
        yield honesty(experiment)
    reports = dict.fromkeys(studies[target].report for target in published.runs)
    yield from (report(published) for report in reports)
    yield from _elsewhere(others, studies)
    known = {*published.runs, *(target for other in others.values() for target in other.runs)}
    yield from _not_run([page for target, page in studies.items() if target not in known])
    if experiment is not None:
        yield recordings(experiment)
        yield shown.measures(experiment)
        yield overfitting(experiment)
        if experiment.params["report"]["thesis_figures"]:
            yield beside_the_thesis(experiment)
        for section in (shown.maps, shown.confusion, shown.times):
            if (found := section(experiment)) is not None:
                yield found
    yield repeat(published)


def _elsewhere(others: Mapping[str, Published], studies: Mapping[str, Page]) -> Iterator[Section]:
    """A line for each report of another corpus."""
    lines = [
        Markup('<a href="{}/{}.html">{}</a>: {}.').format(
            OTHER_REPORTS.name, name, ", ".join(other.runs), studies[next(iter(other.runs))].does
        )
        for name, other in others.items()
    ]
    if lines:
        yield Section("elsewhere", "Reports of other corpora", (Points(tuple(lines)),))


def _not_run(pages: Sequence[Page]) -> Iterator[Section]:
    """One line in place of the sections of studies that were not run, and their commands."""
    if pages:
        said = [Markup("<code>{}</code> {}.").format(page.command, page.does) for page in pages]
        corpus = Text(
            "A command without a preset asks of the corpus that params.yaml names. Where this "
            "report was made with further files of parameters (of micfp train: train.yaml), give "
            "them again, in the same order."
        )
        fold = Fold(f"What else can be asked ({len(pages)})", (corpus, Points(tuple(said))))
        yield Section("more", "What was not asked here", (fold,))
