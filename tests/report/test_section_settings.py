"""What the report says of the same models in one setting after another."""

from pathlib import Path

import pytest
from test_section_paper import row, sentences, tables, write

from micfp.report.blocks import Section
from micfp.report.published import read_published
from micfp.studies.networks.names import EXPERIMENTS, SETTINGS
from micfp.studies.networks.settings import settings
from micfp.studies.registry import STUDIES


def section(results: Path) -> Section:
    return settings(read_published(results, STUDIES))


@pytest.mark.parametrize("study", SETTINGS)
def test_a_row_a_setting_and_a_column_a_model(study: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        study,
        [
            row("lda-ltas-plain", 0.25, corpus="speech"),
            row("gda-loud-there", 0.5, corpus="speech"),
            row("lda-ltas-plain", 0.75, corpus="sweeps"),
            row("gda-loud-there", 0.4, corpus="sweeps"),
        ],
    )
    found = section(tmp_path)
    assert EXPERIMENTS[study] in [getattr(block, "text", "") for block in found.blocks]
    (shown,) = tables(found)
    assert shown.columns == ("Setting", "Segments", "lda on ltas", "gda on loud, there")
    assert [cells[:2] for cells in shown.rows] == [("speech", "512"), ("sweeps", "512")]
    assert shown.rows[0][2].startswith("0.25 (")
    assert shown.rows[1][3].startswith("0.40 (")
    assert "with 99.5\N{NO-BREAK SPACE}% intervals over recordings" in shown.caption
    assert "chance 0.033" in shown.caption  # of thirty
    said = sentences(found)
    assert "lda on ltas: 0.75 of segments in “sweeps”, 0.25 in “speech”." in said
    assert "gda on loud, there: 0.50 of segments in “speech”, 0.40 in “sweeps”." in said


def test_a_setting_may_lack_a_model(tmp_path: Path) -> None:
    """Each part of the parameters names its own models."""
    rows = [
        row("lda-ltas-plain", 0.25, corpus="speech"),
        row("gda-loud-there", 0.5, corpus="sweeps"),
    ]
    write(tmp_path, "content", rows)
    (shown,) = tables(section(tmp_path))
    first, second = shown.rows
    assert (first[:2], second[:2]) == (("speech", "512"), ("sweeps", "512"))
    assert (first[2][:4], first[3]) == ("0.25", "")
    assert (second[2], second[3][:4]) == ("", "0.50")
