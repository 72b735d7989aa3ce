"""A report as one HTML file: no script, nothing from a network, for any reader."""

import base64
from importlib.resources import files

from micfp.casework.report.document import Document


def render_html(document: Document) -> str:
    """The report as HTML; figures and style are in it."""
    from jinja2 import Environment, StrictUndefined

    here = files("micfp.casework.report")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    environment.filters["base64"] = lambda content: base64.b64encode(content).decode()
    template = environment.from_string((here / "report.html.j2").read_text(encoding="utf-8"))
    style = (here / "report.css").read_text(encoding="utf-8")
    return template.render(document=document, style=style)
