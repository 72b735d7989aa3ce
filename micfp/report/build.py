"""Builds results/report.html from what is published under results/."""

import base64
from collections.abc import Iterator
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from markupsafe import Markup

from micfp.errors import MicfpError
from micfp.report import section_results as shown
from micfp.report.blocks import Section, Text
from micfp.report.published import Figure, Published, read_published
from micfp.report.section_attack import attack
from micfp.report.section_duration import duration
from micfp.report.section_engines import engines
from micfp.report.section_honesty import honesty
from micfp.report.section_overfitting import overfitting
from micfp.report.section_paper import networks
from micfp.report.section_recordings import recordings
from micfp.report.section_repeat import repeat
from micfp.report.section_robustness import robustness
from micfp.report.section_search import search
from micfp.report.section_settings import settings
from micfp.report.section_studies import feature_study
from micfp.report.section_summary import summary
from micfp.report.section_thesis import beside_the_thesis

LARGE_PNG_BYTES = 600_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
STUDIES = (search, feature_study, robustness, attack, duration, settings, networks, engines)


def build_report(results: Path) -> Path:
    """Write the report of everything under `results`; returns its path, `results/report.html`.

    One file that opens offline: style and figures are in it. The same results give the same bytes,
    but for measured times, versions and the git revision.

    Raises MicfpError where a published file is damaged.
    """
    from micfp.engine.store import write_whole

    path = results / "report.html"
    write_whole(path, render(read_published(results)))
    return path


def render(published: Published) -> str:
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
        sections=list(_sections(published)),
        size=png_size,
    )


def _title(published: Published) -> str:
    experiment = published.experiment
    runs = (
        published.confounds,
        published.feature_study,
        published.robustness,
        published.attack,
        published.duration,
        published.search,
        published.engines,
    )
    for run in (experiment, *runs, *published.papers.values()):
        if run is not None:
            return str(run.params["report"]["title"])
    return "micfp"


def _sections(published: Published) -> Iterator[Section]:
    experiment = published.experiment
    if experiment is None:
        text = Markup(
            "No classifiers are published here yet: <code>snakemake -j2 all</code> makes them."
        )
        yield Section("summary", "In short", (Text(text, "lead"),))
        yield honesty(published)
        yield from (study(published) for study in STUDIES)
        yield repeat(published)
        return
    yield summary(experiment)
    yield recordings(experiment)
    yield shown.results(experiment)
    if experiment.params["report"]["thesis_figures"]:
        yield beside_the_thesis(experiment)
    yield honesty(published)
    yield overfitting(experiment)
    yield from (study(published) for study in STUDIES)
    for section in (shown.maps, shown.confusion, shown.times):
        found = section(experiment)
        if found is not None:
            yield found
    yield repeat(published)


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
