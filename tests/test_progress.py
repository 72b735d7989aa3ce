"""Plain lines where there is no terminal."""

import pytest

from micfp.progress import progress


def test_says_about_every_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(range(25), 25, "reading")) == list(range(25))
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "reading: 3 of 25"  # 12 % done
    assert said[-1] == "reading: 25 of 25"
    assert len(said) == 10
    assert list(progress([], 0, "nothing")) == []
