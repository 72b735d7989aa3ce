"""How Sphinx makes the site of these pages: `make docs`, then docs/_build/html/index.html.

Pages are markdown that reads well on a forge, too. What only the site can do, such as writing down
every command from the code, happens when a page is read (`building/`). Nothing is fetched from
anywhere: fonts, scripts and icons come with the theme.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from building.reading import read_page

from micfp import __version__

project = "micfp"
copyright = "the authors of micfp, GPL-3.0-or-later"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "building"]
default_role = "literal"

myst_heading_anchors = 4
autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_google_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = "micfp"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def setup(app):  # type: ignore[no-untyped-def]
    """Let pages be completed as they are read."""
    app.connect("source-read", read_page)
