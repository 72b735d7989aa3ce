"""A corpus of virtual phones that real Snakemake renders: voices of espeak-ng, a few seconds."""

from pathlib import Path

import pytest
import yaml
from stage_outputs import check_outputs
from tiny_pipeline import CHECKOUT, Place

from micfp.tables import read_table

pytestmark = pytest.mark.slow

CORPUS = {
    "corpus": {
        "name": "few phones",
        "reader": "virtual_phones",
        "population": {
            **{"name": "few", "n_devices": 3, "sessions": 1, "speakers": 4, "take_s": 2.0},
            "common_sessions": True,
            "recorder": {
                **{"rates_hz": [16_000], "rate_shares": [1.0]},
                **{"aac_share": 0.0, "opus_share": 0.0},
            },
        },
    },
    "trim": {"train": None, "test": None, "test_sessions": []},
    "segments": {"method": "windows", "windows": {"length_s": 1.0, "hop_s": 0.5}},
    "split": {"kind": "by_content", "test": None, "test_share": 0.25},
    "models": [{"features": "thesis", "preparation": "plain", "classifiers": ["lda"]}],
}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("phones") / "few"
    folder.mkdir()
    for name in ("Snakefile", "workflow", "profiles", "params.yaml"):
        (folder / name).symlink_to(CHECKOUT / name)
    (folder / "phones.yaml").write_text(yaml.safe_dump(CORPUS))
    place = Place(folder)
    said = place.snakemake("features", "--configfile", "params.yaml", "phones.yaml", timeout_s=300)
    assert said.status == 0, said.said
    return place


def test_every_phone_has_its_segments(done: Place) -> None:
    """2 s in windows of 1 s every 0.5 s: 3 segments a recording, 4 recordings a phone."""
    table = read_table(Path(done.folder) / "results" / "features" / "thesis.parquet")
    assert table.groupby("device").size().to_dict() == {
        "few 0000": 12,
        "few 0001": 12,
        "few 0002": 12,
    }
    assert table["content"].nunique() == 4
    assert set(table["session"]) == {"session 0"}


def test_what_is_rendered_is_on_record(done: Place) -> None:
    check_outputs(done, ("phones",))
