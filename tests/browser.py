"""A page in a real Chromium without a network: what it looks like, and what axe-core finds in it.

axe-core looks for what keeps people from reading a page: contrast, names of what can be opened, the
order of headings. It comes with the package axe-playwright-python, which is not imported.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HEIGHT = 900
OPEN_FOLDS = "open => document.querySelectorAll('details').forEach(fold => fold.open = open)"


def axe_script() -> Path:
    """The file of axe-core."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "axe.min.js"


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser without a window and without a network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, file: Path, width: int, scheme: str = "light", height: int = HEIGHT
) -> Iterator[tuple[Page, list[str]]]:
    """A page at a width in a colour scheme, and what it asks for that is no file."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        bypass_csp=True,  # axe is a script, and a page may allow none
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.absolute().as_uri())
    yield page, [url for url in asked if not url.startswith(("file:", "data:"))]
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds: the rule, and the first element that breaks it."""
    page.add_script_tag(path=axe_script())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]


def violations_of(file: Path, width: int, *, dark: bool = False) -> list[str]:
    """What axe finds on a page with all folds open."""
    with browsing() as browser, opened(browser, file, width, "dark" if dark else "light") as found:
        page, _ = found
        page.evaluate(OPEN_FOLDS, True)
        return violations(page)


def look(file: Path, width: int, script: str, *, dark: bool = False, folds: bool = True) -> Any:
    """What a function of the page's document and window gives, once the page is shown.

    folds: whether all that can be opened is open. Raises AssertionError where the page wrote to the
    console.
    """
    with browsing() as browser, opened(browser, file, width, "dark" if dark else "light") as found:
        page, _ = found
        console: list[str] = []
        page.on("console", lambda message: console.append(message.text))
        page.on("pageerror", lambda error: console.append(str(error)))
        page.reload()
        page.evaluate(OPEN_FOLDS, folds)
        seen = page.evaluate(f"async () => await ({script})(document, window)")
        assert console == [], console
        return seen


def screenshot(file: Path, out: Path, width: int, height: int) -> None:
    """The top of a page as a PNG."""
    with browsing() as browser, opened(browser, file, width, height=height) as (page, _):
        page.screenshot(path=out)


def printed(file: Path, out: Path) -> None:
    """The page as it is printed, a PDF."""
    with browsing() as browser, opened(browser, file, 1280) as (page, _):
        page.pdf(path=out, print_background=True, prefer_css_page_size=True)
