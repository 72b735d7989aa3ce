"""The report in a real browser, without a network."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from micfp.report.build import build_report
from micfp.studies.registry import STUDIES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

# Runs beside the report in a frame of the asked width: what a phone would show.
PROBE = """<!doctype html><iframe id="f" src="{url}" style="width:{width}px;height:900px;border:0">
</iframe><pre id="out">waiting</pre><script>
onload = () => {{
  const page = document.getElementById("f").contentDocument;
  for (const fold of page.querySelectorAll("details")) fold.open = true;
  const images = [...page.images];
  document.getElementById("out").textContent = JSON.stringify({{
    width: page.documentElement.clientWidth,
    scroll: page.documentElement.scrollWidth,
    images: images.length,
    broken: images.filter(image => !image.naturalWidth).length,
    headings: page.querySelectorAll("h2").length,
  }});
}};
</script>"""


def look(report: Path, width: int) -> tuple[dict[str, int], str]:
    """Sizes that the browser found, and what it wrote to its console."""
    probe = report.with_name("probe.html")
    probe.write_text(PROBE.format(url=report.name, width=width))
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
        f"file://{probe}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = done.stdout.partition('<pre id="out">')[2].partition("</pre>")[0]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(found), "\n".join(console)


@pytest.mark.parametrize("width", [420, 1280])
def test_it_opens_offline_and_does_not_scroll_sideways(new_results, width):
    long_name = "AVeryLongDeviceNameWithoutAnySpaces" * 3
    models = [f"m{i:02d}-thesis-plain" for i in range(16)] + ["lda-ltas-plain"]
    results = new_results(classes=[long_name, *(f"Phone {i}" for i in range(44))], models=models)
    results.params["report"]["thesis_figures"] = True
    for row in results.quality_rows[:6]:
        row["flags"] = "clipped, low_snr"
    results.write_confounds({0.0: (0.52, 0.41, 0.63), 1.5: (0.95, 0.9, 0.99)})
    found, console = look(build_report(results.write(), STUDIES), width)
    assert console == ""
    assert width - 20 <= found["width"] <= width  # the scroll bar takes some
    assert found["scroll"] <= found["width"]
    assert found["images"] > 20
    assert found["broken"] == 0
    assert found["headings"] == 12
