"""The recordings table, and what is passed over."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

import micfp
from micfp.config.audio import corpus_at
from micfp.corpora import read_corpus
from micfp.errors import MicfpError


def test_it_is_the_table_of_the_reader(shared_data: Path) -> None:
    folder = shared_data / "ccnu_mobile"
    found = micfp.recordings(folder, reader="ccnu_mobile")
    pd.testing.assert_frame_equal(found, read_corpus(corpus_at(folder, "ccnu_mobile")))
    assert found["device"].nunique() == 30


def test_what_is_passed_over_is_said_and_not_printed(tmp_path: Path) -> None:
    (tmp_path / "phone").mkdir()
    sf.write(tmp_path / "phone" / "a.wav", np.zeros(100), 8000)
    (tmp_path / "phone" / "picture").write_bytes(b"\x89PNG")
    found = micfp.recordings(str(tmp_path))
    assert found["content"].tolist() == ["a"]
    assert found.attrs["left_out"] == [f"{tmp_path / 'phone' / 'picture'}: no sound"]


def test_what_cannot_be_listed_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match="holds no audio file"):
        micfp.recordings(tmp_path)
    with pytest.raises(MicfpError, match=r"no corpus reader 'foldr'; there are .*folder"):
        micfp.recordings(tmp_path, reader="foldr")
