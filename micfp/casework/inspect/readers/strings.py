"""Names of encoders that stand in a file where no tag is: in frames, in filling bits."""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from micfp.casework.inspect.inspection import OWN, Field, Group

_LOOKED_AT_BYTES = 1 << 18  # of the beginning, and of the end
_ENCODERS = re.compile(
    rb"Lav[fc]\d{2}\.\d{1,3}\.\d{3}|LAME ?3\.\d{2,3}(?:\.\d)?|Lavc\d{2}\.\d{1,3}(?=\0)"
    rb"|libopus \d\.\d(?:\.\d)?|Xiph\.Org libVorbis I \d{8}|reference libFLAC \d\.\d\.\d"
    rb"|libsndfile-\d\.\d\.\d+|com\.apple\.VoiceMemos \(i\w+ Version [\w. ()]{1,40}\)"
    rb"|QTmuxingAppLibWebM-\d\.\d\.\d|FAAC \d\.\d+|iTunes \d+\.[\d.]+|Audacity \d\.\d\.\d"
)


def read(file: BinaryIO) -> Iterator[Field]:
    """Each name once, with the byte at which it first stands."""
    size = os.fstat(file.fileno()).st_size
    seen: set[str] = set()
    for start in sorted({0, max(0, size - _LOOKED_AT_BYTES)}):
        file.seek(start)
        for found in _ENCODERS.finditer(file.read(_LOOKED_AT_BYTES)):
            said = found[0].decode()
            if said not in seen:
                seen.add(said)
                yield Field("encoder", said, OWN, Group.codec, f"byte {start + found.start()}")
