"""Commands where no extra is installed: each in turn, and the status that it left with.

`python tests/without_extras.py '[["devices"], ["verify", "a.wav", "b.wav"]]'`
"""

import json
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from micfp.extras import EXTRA_OF


class NotInstalled:
    """Finds no module of an extra."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in EXTRA_OF:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def status_of(words: list[str]) -> int:
    from micfp.cli import main

    sys.argv = ["micfp", *words]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    sys.meta_path.insert(0, NotInstalled)
    statuses = [status_of(words) for words in json.loads(sys.argv[1])]
    print(json.dumps(statuses))
