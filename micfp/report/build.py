"""Builds results/report.html from what is published under results/."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from markupsafe import Markup

from micfp.errors import MicfpError
from micfp.report import section_results as shown
from micfp.report.blocks import Points, Section, Text
from micfp.report.published import Figure, Published, read_published
from micfp.report.section_honesty import honesty
from micfp.report.section_overfitting import overfitting
from micfp.report.section_recordings import recordings
from micfp.report.section_repeat import repeat
from micfp.report.section_summary import summary
from micfp.report.section_thesis import beside_the_thesis

LARGE_PNG_BYTES = 600_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


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

    One file that opens offline: style and figures are in it. The same results give the same bytes,
    but for measured times, versions and the git revision. studies: those that there are, by their
    targets.

    Raises MicfpError where a published file is damaged.
    """
    from micfp.engine.store import write_whole

    path = results / "report.html"
    write_whole(path, render(read_published(results, studies), studies))
    return path


def render(published: Published, studies: Mapping[str, Page]) -> str:
    """The report as HTML."""
    from jinja2 import Environment, StrictUndefined, select_autoescape

    here = files("micfp.report")
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    environment.filters["png"] = png_uri
    template = environment.from_string((here / "report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        title=_title(published),
        style=(here / "report.css").read_text(encoding="utf-8"),
        sections=list(_sections(published, studies)),
        size=png_size,
    )


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


def png_uri(figure: Figure) -> str:
    """A figure as a data address. Large ones (spectrograms) are cut down to 256 colours, which
    their one colour map needs no more of."""
    content = _read_png(figure)
    if len(content) > LARGE_PNG_BYTES:
        content = _palette(content)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def png_size(figure: Figure) -> tuple[int, int]:
    """Width and height in pixels, so that nothing moves while the page loads."""
    head = _read_png(figure)
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def _read_png(figure: Figure) -> bytes:
    try:
        content = figure.path.read_bytes()
    except OSError as error:
        raise MicfpError(f"{figure.path}: not readable ({error}); run snakemake again") from None
    if not content.startswith(PNG_SIGNATURE) or len(content) < 24:
        raise MicfpError(f"{figure.path}: not a PNG; run snakemake again")
    return content


def _palette(content: bytes) -> bytes:
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        reduced: Any = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        out = BytesIO()
        reduced.save(out, "PNG", optimize=True)
    return min(content, out.getvalue(), key=len)
