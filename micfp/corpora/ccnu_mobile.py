"""CCNU_Mobile: `<root>/<device>_<n>.wav`, n the piece of text that was played.

Zeng et al. 2024 (section V-B, Table II): 45 phones and tablets of nine makes recorded TIMIT from a
loudspeaker at the same time; the recording was cut into pieces of about 10 s, 32 kHz, one channel.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.corpora.table import audio_files, label, recordings_table, refuse_shared_names
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

LAYOUT = "<root>/<device>_<number>.wav"

_NAME = re.compile(r"(?P<device>.+)_(?P<content>\d+)")
_UNIT = re.compile(r"(?P<name>.+?)\s*\((?P<unit>\d+)\)")

# How the names begin, the make that is meant, and what of it belongs to the model's name.
_MAKES = (
    ("huawei", "Huawei", ""),
    ("huwei", "Huawei", ""),
    ("honor", "Huawei", "Honor"),
    ("iphone", "Apple", "iPhone"),
    ("ipad", "Apple", "iPad"),
    ("apple", "Apple", ""),
    ("samsung", "Samsung", ""),
    ("xiaomi", "Xiaomi", ""),
    ("redmi", "Xiaomi", "Redmi"),
    ("zte", "ZTE", ""),
    ("oppo", "OPPO", ""),
    ("vivo", "vivo", ""),
    ("nubia", "nubia", ""),
)
_MODEL = re.compile(
    r"(?P<series>honor|nova|note|mix|air)?[ _-]*(?P<number>.*?)[ _-]*(?P<variant>plus|se)?",
    re.IGNORECASE,
)
_VARIANTS = {"plus": "Plus", "se": "SE"}


def read(root: Path) -> "pd.DataFrame":
    """Recordings table of CCNU_Mobile, 642 files a device or any part of them.

    Makes are spelt in one way (`huwei_` and `huawei_` are Huawei). Honor is a make of its own ("9
    different brands, including Apple, Huawei, Honor", V-B), and its devices keep the name that
    their files have, `Huawei Honor 8`. A number in brackets is the unit; the file name without one
    is unit 0. The device is the model, followed by the unit in brackets where the name has one. A
    make that is not known leaves `make`
    empty and the name as it is. The corpus was recorded in one go: one session, whose name is not
    on record, so `session` is "".

    Raises MicfpError where root is missing, holds no audio, an audio file is laid out otherwise, or
    two spellings name the same device.
    """
    rows = []
    device_of: dict[str, str] = {}
    for path in audio_files(root):
        match = _NAME.fullmatch(path.stem)
        if not match or path.parent != root:
            raise MicfpError(f"{path}: does not fit CCNU_Mobile's layout {LAYOUT}")
        labels = parse_device(match["device"])
        device_of[match["device"]] = labels["device"]
        rows.append(labels | {"path": str(path), "content": match["content"]})
    refuse_shared_names(device_of, root)
    return recordings_table(rows)


def parse_device(raw: str) -> dict[str, str]:
    """Labels `device`, `make`, `model`, `unit` of a device's name as the files spell it.

    >>> parse_device("huwei_honor8(1)")["device"]
    'Huawei Honor 8 (1)'
    """
    name = label(raw)
    numbered = _UNIT.fullmatch(name)
    if numbered:
        name = numbered["name"]
    make, model = _make_and_model(name)
    return {
        "device": f"{model} ({numbered['unit']})" if numbered else model,
        "make": "Honor" if model.startswith("Huawei Honor") else make,
        "model": model,
        "unit": numbered["unit"] if numbered else "0",
    }


def _make_and_model(name: str) -> tuple[str, str]:
    for spelling, make, line in _MAKES:
        rest = name[len(spelling) :].strip(" _-")
        if name.lower().startswith(spelling) and rest:
            return make, f"{make} {_model(rest, line, make)}"
    return "", name


def _model(rest: str, line: str, make: str) -> str:
    parts = _MODEL.fullmatch(rest)
    assert parts, "every part of the pattern may be empty"
    number = parts["number"].replace("_", "-")
    number = number[:1].upper() + number[1:]
    series = (parts["series"] or "").capitalize()
    if make == "Xiaomi" and not line + series and number[:1].isdigit():
        series = "Mi"  # Table II of the paper lists `xiaomi8` as mi8
    words = (line, series, number, _VARIANTS.get((parts["variant"] or "").lower(), ""))
    return " ".join(word for word in words if word)
