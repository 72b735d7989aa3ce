"""A page in a real Chromium without a network: what it looks like, and what axe finds in it.

axe-core (its file is in the package axe-core-python) looks for what keeps people from reading a
page: contrast, names of what can be opened, the order of headings.
"""

import json
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DARK = "--blink-settings=preferredColorScheme=0"

# The page stands in a frame of the asked width: what a phone would show. Scripts of ours look at it
# once it is there, with all that can be opened open.
FRAME = """<!doctype html><iframe id="f" src="{url}" style="width:{width}px;height:900px;border:0">
</iframe><pre id="out">waiting</pre><script>
onload = async () => {{
  const frame = document.getElementById("f"), page = frame.contentDocument;
  const said = document.getElementById("out");
  for (const fold of page.querySelectorAll("details")) fold.open = {opened};
  try {{ said.textContent = JSON.stringify(await ({look})(page, frame.contentWindow)); }}
  catch (error) {{ said.textContent = JSON.stringify("failed: " + error); }}
}};
</script>"""
FIND_VIOLATIONS = """async (page, view) => (await view.axe.run(page)).violations.map(
  one => one.id + ": " + one.nodes.map(node => node.html.slice(0, 120)).slice(0, 3).join(" | ")
)"""


def look(page: Path, width: int, script: str, *, dark: bool = False, opened: bool = True) -> Any:
    """What a function of the page's document and window gives, once the page is shown.

    Raises AssertionError where the page wrote to the console, or the function failed.
    """
    frame = page.with_name(f"frame-of-{page.name}")
    address = page.name
    frame.write_text(FRAME.format(url=address, width=width, look=script, opened=json.dumps(opened)))
    try:
        done = _chromium(frame, *([DARK] if dark else []), "--dump-dom")
    finally:
        frame.unlink()
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert console == [], console
    said = done.stdout.partition('<pre id="out">')[2].partition("</pre>")[0]
    found = json.loads(said.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&"))
    assert not str(found).startswith("failed: "), found
    return found


def violations(page: Path, width: int, *, dark: bool = False) -> list[str]:
    """What axe finds on a page at that width, each rule with the first places; all folds open."""
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    head, _, rest = page.read_text(encoding="utf-8").partition("<head>")
    # what the page may load is no matter here
    rest = rest.replace("Content-Security-Policy", "none", 1)
    copy = page.with_name(f"axe-of-{page.name}")
    copy.write_text(f"{head}<head><script>{axe}</script>{rest}", encoding="utf-8")
    try:
        found: list[str] = look(copy, width, FIND_VIOLATIONS, dark=dark)
        return found
    finally:
        copy.unlink()


def screenshot(page: Path, out: Path, width: int, height: int) -> None:
    """The top of a page as a PNG."""
    _chromium(page, "--hide-scrollbars", f"--window-size={width},{height}", f"--screenshot={out}")


def printed(page: Path, out: Path) -> None:
    """The page as it is printed, a PDF."""
    _chromium(page, "--no-pdf-header-footer", f"--print-to-pdf={out}")


def _chromium(page: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            str(CHROMIUM),
            *["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"],
            *["--disable-background-networking", "--disable-component-update"],
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=20000",
            *options,
            page.absolute().as_uri(),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
