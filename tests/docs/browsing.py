"""Pages in a real browser that reaches files alone: what axe-core finds, and what is asked for."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def axe_script() -> Path:
    """axe-core itself, which comes with a package; the package is not imported."""
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
    browser: Browser, file: Path, width: int, scheme: str
) -> Iterator[tuple[Page, list[str]]]:
    """A page at a width in a colour scheme, and what it asks for that is no file."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    yield page, [url for url in asked if not url.startswith(("file:", "data:"))]
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds: the rule, and the first element that breaks it."""
    page.add_script_tag(path=axe_script())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
