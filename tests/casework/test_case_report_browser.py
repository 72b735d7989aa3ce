"""The report of a case in a real browser, without a network."""

import html
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from made_up_case import write_case

from micfp.casework.case_file import open_case
from micfp.casework.report.build import build
from micfp.casework.report.html import render_html
from micfp.casework.report.language import load_language

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

# Contrast of each text with white, on which all of it stands but commands and warnings (WCAG 2).
PROBE = """<!doctype html><iframe id="f" src="report.html"
  style="width:WIDTHpx;height:900px;border:0"></iframe><pre id="out">waiting</pre><script>
const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
onload = () => {
  const page = document.getElementById("f").contentDocument;
  const images = [...page.images];
  const contrast = element => {
    const [r, g, b] = getComputedStyle(element).color.match(/\\d+/g).map(Number);
    return 1.05 / (0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b) + 0.05);
  };
  document.getElementById("out").textContent = JSON.stringify({
    width: page.documentElement.clientWidth,
    scroll: page.documentElement.scrollWidth,
    images: images.length,
    broken: images.filter(image => !image.naturalWidth).length,
    contrast: Math.min(...[...page.body.querySelectorAll("*")].map(contrast)),
    focusable: page.querySelectorAll("div.table[tabindex='0'][aria-labelledby]").length,
    tables: page.querySelectorAll("table").length,
  });
};
</script>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    long = "AVeryLongDeviceNameWithoutAnySpaces" * 3
    with open_case(write_case(folder / "case.micfp", long, "disc")) as case:
        page = render_html(build(case, load_language("de")))
    (folder / "report.html").write_text(page)
    return folder / "report.html"


@pytest.mark.parametrize("width", [360, 1280])
def test_it_opens_offline_and_can_be_read(report: Path, width: int) -> None:
    probe = report.with_name("probe.html")
    probe.write_text(PROBE.replace("WIDTH", str(width)))
    command = [
        str(CHROMIUM),
        *["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"],
        *["--disable-background-networking", "--disable-component-update"],
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--allow-file-access-from-files",
        "--enable-logging=stderr",
        f"--user-data-dir={report.parent / 'profile'}",
        "--virtual-time-budget=5000",
        "--dump-dom",
        probe.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found: dict[str, Any] = json.loads(
        html.unescape(done.stdout.partition('<pre id="out">')[2].partition("</pre>")[0])
    )
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert width - 20 <= found["width"] <= width  # the scroll bar takes some
    assert found["scroll"] <= found["width"]
    assert (found["images"], found["broken"]) == (4, 0)
    assert found["contrast"] >= 4.5
    assert found["focusable"] == found["tables"] > 8
