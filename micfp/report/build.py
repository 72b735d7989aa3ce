"""Builds results/report.html from what is published under results/."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from markupsafe import Markup

from micfp.report import section_results as shown
from micfp.report.blocks import Points, Section, Text
from micfp.report.fitting import cut_tables, embedded, png_size
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
    def report(self) -> Callable[[Published], Section]:
        """Gives its section of the report; several studies may share one."""


def build_report(results: Path, studies: Mapping[str, Page]) -> Path:
    """Write the report of everything under `results`; returns its path, `results/report.html`.

    One file that opens offline: style and figures are in it as far as `REPORT_BYTES` allow; other
    figures are linked to, and of long tables the first rows are shown. The same results give the
    same bytes, but for measured times, versions and the git revision. studies: those that there
    are, by their targets.

    Raises MicfpError where a published file is damaged.
    """
    from micfp.engine.store import write_whole

    path = results / "report.html"
    write_whole(path, render(read_published(results, studies), studies, results))
    return path


def render(published: Published, studies: Mapping[str, Page], results: Path) -> str:
    """The report as HTML, for the folder that it is read in."""
    from jinja2 import Environment, StrictUndefined, select_autoescape

    here = files("micfp.report")
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    environment.filters["place"] = lambda figure: figure.path.relative_to(results).as_posix()
    template = environment.from_string((here / "report.html.j2").read_text(encoding="utf-8"))
    sections = [cut_tables(section) for section in _sections(published, studies)]
    page = functools.partial(
        template.render,
        title=_title(published),
        style=(here / "report.css").read_text(encoding="utf-8"),
        sections=sections,
        size=png_size,
    )
    n_bytes_of_text = len(page(embedded={}).encode())
    return page(embedded=embedded(sections, REPORT_BYTES - n_bytes_of_text))


def _title(published: Published) -> str:
    for run in (published.experiment, *published.runs.values()):
        if run is not None:
            return str(run.params["report"]["title"])
    return "micfp"


def _sections(published: Published, studies: Mapping[str, Page]) -> Iterator[Section]:
    experiment = published.experiment
    if experiment is None:
        text = Markup(
            "No classifiers are published here yet: <code>snakemake -j2 all</code> makes them."
        )
        yield Section("summary", "In short", (Text(text, "lead"),))
    else:
        yield summary(experiment)
        yield recordings(experiment)
        yield shown.results(experiment)
        if experiment.params["report"]["thesis_figures"]:
            yield beside_the_thesis(experiment)
        yield honesty(experiment)
        yield overfitting(experiment)
    reports = dict.fromkeys(studies[target].report for target in published.runs)
    yield from (report(published) for report in reports)
    if experiment is not None:
        for section in (shown.maps, shown.confusion, shown.times):
            if (found := section(experiment)) is not None:
                yield found
    yield from _not_run([page for target, page in studies.items() if target not in published.runs])
    yield repeat(published)


def _not_run(pages: Sequence[Page]) -> Iterator[Section]:
    """One list in place of the sections of studies that were not run."""
    if pages:
        said = [Markup("<code>{}</code> {}.").format(page.command, page.does) for page in pages]
        yield Section("more", "What was not asked here", (Points(tuple(said)),))
