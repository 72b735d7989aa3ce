"""Every reader against small trees with the layout it is for, and against what does not fit."""

import csv
import os
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from micfp.config.audio import CorpusConfig
from micfp.corpora import (
    READERS,
    bench,
    ccnu_mobile,
    folder,
    manifest,
    mobiphone,
    read_corpus,
    thesis,
)
from micfp.corpora.table import COLUMNS, audio_files
from micfp.errors import MicfpError


def tree(root: Path, *names: str) -> Path:
    """Empty files of these names: of files with a suffix of audio, readers look at names only."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def one_row(table):
    assert len(table) == 1
    return table.iloc[0].to_dict()


# ---- what all readers share


@pytest.mark.parametrize("name", sorted(set(READERS) - {"bench", "manifest"}))
def test_a_missing_root_a_file_and_an_empty_folder_are_named(name, tmp_path):
    read = READERS[name]
    with pytest.raises(MicfpError, match=r"nowhere: there is no such folder"):
        read(tmp_path / "nowhere")
    file = tree(tmp_path, "a.wav") / "a.wav"
    with pytest.raises(MicfpError, match=r"a\.wav: is a file, and this reader needs the folder"):
        read(file)
    empty = tree(tmp_path / "empty", "README.md", "notes.txt")
    with pytest.raises(MicfpError, match=r"empty: holds no audio file .*\.flac"):
        read(empty)


def test_audio_has_a_suffix_of_audio_and_hidden_files_are_left_alone(tmp_path):
    tree(tmp_path, "b/x.WAV", "a/y.m4a", "a/readme.md", "a/._y.m4a", ".trash/z.wav", "a/wav")
    assert audio_files(tmp_path) == [tmp_path / "a/y.m4a", tmp_path / "b/x.WAV"]


def test_links_are_followed_and_a_link_that_leads_back_up_ends(tmp_path):
    tree(tmp_path / "store", "x.wav")
    root = tmp_path / "root"
    root.mkdir()
    (root / "phone").symlink_to(tmp_path / "store")
    (tmp_path / "store" / "up").symlink_to(root)
    assert audio_files(root) == [root / "phone/x.wav"]


def test_read_corpus_takes_the_reader_by_name_and_gives_str_columns(tmp_path):
    tree(tmp_path, "phone b/s1/x.wav", "phone a/x.wav")
    table = read_corpus(CorpusConfig(reader="folder", root=tmp_path))
    assert tuple(table.columns) == COLUMNS
    assert all(str(dtype) == "str" for dtype in table.dtypes)
    assert list(table["path"]) == [f"{tmp_path}/phone a/x.wav", f"{tmp_path}/phone b/s1/x.wav"]


def test_read_corpus_without_a_root_says_what_is_missing():
    with pytest.raises(MicfpError, match=r"corpus\.root is missing: the reader folder needs it"):
        read_corpus(CorpusConfig(reader="folder", root=None))
    with pytest.raises(MicfpError, match="built by the run"):
        read_corpus(CorpusConfig())


# ---- thesis


def thesis_tree(root: Path) -> Path:
    dates = ("2023-02-09", "2023-02-10")
    return tree(root, *(f"{date}/mic-{n}.wav" for date in dates for n in range(1, 6)))


def test_thesis_numbers_are_the_five_microphones(tmp_path):
    table = thesis.read(thesis_tree(tmp_path))
    assert len(table) == 10  # 2 dates x 5 microphones
    first = table[table["session"] == "2023-02-09"]
    assert list(first["device"]) == [
        "Shure SM7B",
        "t.bone MB 7 Beta",
        "1st Neumann KM 184",
        "2nd Neumann KM 184",
        "RODE NT1-A",
    ]
    assert list(first["make"]) == ["Shure", "t.bone", "Neumann", "Neumann", "RØDE"]
    km184 = first[first["model"] == "Neumann KM 184"]
    assert list(km184["unit"]) == ["1", "2"]
    assert set(first["content"]) == {"programme 2023-02-09"}
    assert set(table["session"]) == {"2023-02-09", "2023-02-10"}


def test_thesis_prefixes_tell_content_only_where_a_microphone_has_several_files(tmp_path):
    tree(tmp_path, "2023-02-09/a-1.wav", "2023-02-09/b-1.wav", "2023-02-10/x-1.wav")
    tree(tmp_path, "2023-02-10/y-2.wav")
    assert list(thesis.read(tmp_path)["content"]) == [
        "programme 2023-02-09 a",
        "programme 2023-02-09 b",
        "programme 2023-02-10",
        "programme 2023-02-10",
    ]


@pytest.mark.parametrize(
    "stray",
    [
        "2023-02-09/mic-6.wav",  # five microphones
        "2023-02-09/mic1.wav",
        "2023-02-09/mic-1.flac",
        "first day/mic-1.wav",
        "2023-02-09/deeper/mic-1.wav",
        "mic-1.wav",
    ],
)
def test_thesis_names_the_file_that_does_not_fit(stray, tmp_path):
    tree(thesis_tree(tmp_path), stray)
    with pytest.raises(MicfpError, match=re.escape(stray) + ": does not fit the thesis's layout"):
        thesis.read(tmp_path)


# ---- CCNU_Mobile


def test_ccnu_mobile_real_names(shared_data):
    table = ccnu_mobile.read(shared_data / "ccnu_mobile")
    assert len(table) == 120
    assert table["device"].nunique() == 30
    assert set(Counter(table["device"]).values()) == {4}
    assert set(table["content"]) == {"1", "2", "3", "4"}
    assert all(Path(path).is_file() for path in table["path"])
    devices = table.drop_duplicates("device")
    # 3 + 2 iPhones, iPhone 7 Plus, X, Air 1, Air 2, iPad 7; 3 Honor 8, V8, 10, Nova, P10, P20, TAG
    assert dict(Counter(devices["make"])) == {
        "Apple": 10,
        "Honor": 5,
        "Huawei": 4,
        "Xiaomi": 5,
        "vivo": 2,
        "OPPO": 1,
        "nubia": 1,
        "Samsung": 1,
        "ZTE": 1,
    }
    several = {model: set(rows["unit"]) for model, rows in devices.groupby("model")}
    assert {model: units for model, units in several.items() if len(units) > 1} == {
        "Apple iPhone 6": {"0", "1", "3"},
        "Apple iPhone 6S": {"1", "2"},
        "Huawei Honor 8": {"0", "1", "2"},
        "Xiaomi Mi 8 SE": {"0", "1"},
    }
    assert not devices.duplicated(["model", "unit"]).any()


@pytest.mark.parametrize(
    ("raw", "device", "make", "model", "unit"),
    [
        ("huwei_honor8(1)", "Huawei Honor 8 (1)", "Honor", "Huawei Honor 8", "1"),
        ("huawei_honor8(2)", "Huawei Honor 8 (2)", "Honor", "Huawei Honor 8", "2"),
        ("huwei_honorV8", "Huawei Honor V8", "Honor", "Huawei Honor V8", "0"),
        ("huawei_TAG_AL00", "Huawei TAG-AL00", "Huawei", "Huawei TAG-AL00", "0"),
        ("huawei_nova3e", "Huawei Nova 3e", "Huawei", "Huawei Nova 3e", "0"),
        ("huawei_p20", "Huawei P20", "Huawei", "Huawei P20", "0"),
        ("huawei_nova", "Huawei Nova", "Huawei", "Huawei Nova", "0"),
        ("IPHONE6S(2)", "Apple iPhone 6S (2)", "Apple", "Apple iPhone 6S", "2"),
        ("IPHONE7plus", "Apple iPhone 7 Plus", "Apple", "Apple iPhone 7 Plus", "0"),
        ("iPhone SE", "Apple iPhone SE", "Apple", "Apple iPhone SE", "0"),
        ("ipad7", "Apple iPad 7", "Apple", "Apple iPad 7", "0"),
        ("Apple_air2(1)", "Apple Air 2 (1)", "Apple", "Apple Air 2", "1"),
        ("xiaomi note3", "Xiaomi Note 3", "Xiaomi", "Xiaomi Note 3", "0"),
        ("xiaomi8se(1)", "Xiaomi Mi 8 SE (1)", "Xiaomi", "Xiaomi Mi 8 SE", "1"),
        ("redmiNote4x", "Xiaomi Redmi Note 4x", "Xiaomi", "Xiaomi Redmi Note 4x", "0"),
        ("ZTE C880A", "ZTE C880A", "ZTE", "ZTE C880A", "0"),
        ("SAMSUNG_S8", "Samsung S8", "Samsung", "Samsung S8", "0"),
        ("vivo_x7", "vivo X7", "vivo", "vivo X7", "0"),
        ("oppo_R9s", "OPPO R9s", "OPPO", "OPPO R9s", "0"),
        ("nubia_Z11", "nubia Z11", "nubia", "nubia Z11", "0"),
        ("pixel 3 (2)", "pixel 3 (2)", "", "pixel 3", "2"),  # a make that is not known
    ],
)
def test_ccnu_mobile_device_names(raw, device, make, model, unit):
    assert ccnu_mobile.parse_device(raw) == {
        "device": device,
        "make": make,
        "model": model,
        "unit": unit,
    }


def test_ccnu_mobile_refuses_two_spellings_of_one_device(tmp_path):
    tree(tmp_path, "huwei_p10_1.wav", "huawei_p10_1.wav", "huawei_p10_2.wav")
    with pytest.raises(MicfpError, match=r"'huawei_p10' and 'huwei_p10' both name .*Huawei P10"):
        ccnu_mobile.read(tmp_path)


@pytest.mark.parametrize("stray", ["IPHONE6.wav", "more/IPHONE6_1.wav", "IPHONE6_a.wav"])
def test_ccnu_mobile_names_the_file_that_does_not_fit(stray, tmp_path):
    tree(tmp_path, "IPHONE6_2.wav", "README.md", stray)
    with pytest.raises(MicfpError, match=re.escape(stray) + ": does not fit CCNU_Mobile's layout"):
        ccnu_mobile.read(tmp_path)


# ---- MOBIPHONE


def test_mobiphone_folder_is_the_model_and_file_the_speaker(tmp_path):
    tree(tmp_path, "Samsung_GT-N7100/FADG0.wav")
    assert one_row(mobiphone.read(tmp_path)) == {
        "path": f"{tmp_path}/Samsung_GT-N7100/FADG0.wav",
        "device": "Samsung GT-N7100",
        "make": "Samsung",
        "model": "Samsung GT-N7100",
        "unit": "",
        "session": "",
        "content": "FADG0",
    }


def test_mobiphone_names_the_file_that_does_not_fit(tmp_path):
    tree(tmp_path, "LG L3/a.wav", "LG L3/deeper/b.wav")
    with pytest.raises(MicfpError, match=r"deeper/b\.wav: does not fit MOBIPHONE's layout"):
        mobiphone.read(tmp_path)


# ---- folders


def test_folder_takes_device_session_and_content_from_the_path(tmp_path):
    tree(tmp_path, "Gerät  1/monday/deeper/hello.take 2.wav")
    assert one_row(folder.read(tmp_path)) == {
        "path": f"{tmp_path}/Gerät  1/monday/deeper/hello.take 2.wav",
        "device": "Gerät 1",
        "make": "",
        "model": "",
        "unit": "",
        "session": "monday",
        "content": "hello.take 2",
    }


def test_folder_refuses_audio_beside_the_devices(tmp_path):
    tree(tmp_path, "phone/a.wav", "b.wav")
    with pytest.raises(MicfpError, match=r"b\.wav: lies beside the devices' folders"):
        folder.read(tmp_path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ger\u00e4t", "Gera\u0308t"),  # one umlaut, composed and decomposed
        ("SM7B", "sm7b"),
        ("phone 1", "phone  1"),
    ],
)
@pytest.mark.parametrize("reader", [folder, mobiphone])
def test_two_folders_that_name_one_device_are_refused(reader, one, other, tmp_path):
    tree(tmp_path, f"{one}/a.wav", f"{other}/a.wav")
    with pytest.raises(MicfpError, match="both name the device"):
        reader.read(tmp_path)


# ---- manifest


def write_csv(root: Path, text: str, encoding: str = "utf-8") -> Path:
    file = tree(root, "a.wav", "b.wav", "ö c.wav", "sub/d.wav") / "list.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_manifest_reads_paths_from_its_folder_and_leaves_unknown_labels_empty(tmp_path):
    file = write_csv(
        tmp_path, f"device,path,note\nx,b.wav,loud\ny, {tmp_path}/a.wav ,\n\nz,ö c.wav,"
    )
    table = manifest.read(file)
    assert list(table["path"]) == [f"{tmp_path}/{name}" for name in ("a.wav", "b.wav", "ö c.wav")]
    assert list(table["device"]) == ["y", "x", "z"]
    assert set(table[["make", "model", "unit", "session", "content"]].to_numpy().ravel()) == {""}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_manifest_as_spreadsheets_write_it(delimiter, newline, tmp_path):
    text = newline.join(["Path,Device,Model", 'a.wav,"Gerät 1",M 1', ""]).replace(",", delimiter)
    row = one_row(manifest.read(write_csv(tmp_path, text, "utf-8-sig")))
    assert (row["device"], row["model"]) == ("Gerät 1", "M 1")


def test_what_one_line_says_of_a_device_holds_for_all_of_its_lines(tmp_path):
    file = write_csv(tmp_path, "path,device,make,unit\na.wav,x,,\nb.wav,x,Shure,2\nö c.wav,y,,\n")
    table = manifest.read(file)
    assert list(table["make"]) == ["Shure", "Shure", ""]
    assert list(table["unit"]) == ["2", "2", ""]


def test_a_further_column_is_read_where_it_is_the_target(tmp_path):
    text = "path,device,Room No,notes\na.wav,x,  Hall  1,old\nb.wav,y,,new\n"
    file = write_csv(tmp_path, text)
    table = manifest.read(file, "room no")
    assert tuple(table.columns) == (*COLUMNS, "room no")
    assert list(table["room no"]) == ["Hall 1", ""]
    assert tuple(manifest.read(file).columns) == COLUMNS
    manifest.write(table, tmp_path / "again.csv", "room no")
    assert manifest.read(tmp_path / "again.csv", "room no").equals(table)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("colour", r"has no column colour, which target names \(there: path, device, usage\)"),
        ("usages", r"has no column usages, which target names \(the nearest is usage\)"),
    ],
)
def test_a_target_that_no_column_has_is_said(target, message, tmp_path):
    with pytest.raises(MicfpError, match=message):
        manifest.read(write_csv(tmp_path, "path,device,usage\na.wav,x,new\n"), target)


def test_a_reader_of_folders_says_how_it_comes_to_a_further_label(tmp_path):
    tree(tmp_path, "phone/a.wav")
    config = CorpusConfig(reader="folder", root=tmp_path)
    with pytest.raises(MicfpError, match=r"folder gives no such label .*--out recordings\.csv"):
        read_corpus(config, "usage")
    assert tuple(read_corpus(config, "session").columns) == COLUMNS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"list\.csv: has no column path and no column device"),
        ("path,make\na.wav,x\n", r"has no column device; .* \(there: path, make\)"),
        ("path,device,sesion\na.wav,x,1\n", "unknown column 'sesion': .* is 'session'"),
        ("path,device,device\na.wav,x,y\n", "has the column device twice"),
        ("path,device\n", "lists no recordings"),
        ("path,device\na.wav,x\nb.wav\n", "line 3: has 1 cells, and the header has 2"),
        ("path,device\na.wav,x\n\ngone.wav,x\n", r"line 4: .*gone\.wav is not there"),
        ("path,device\n.,x\n", "line 2: .* is a folder"),
        ("path,device\na.wav,x\nsub/../a.wav,y\n", r"line 3: .*a\.wav is on line 2 too"),
        ("path,device\na.wav,\n", "line 2: device is empty"),
        ("path,device\n,x\n", "line 2: path is empty"),
        (
            "path,device,make\na.wav,x,Shure\nb.wav,x,RODE\n",
            "line 3: the device 'x' has the make 'RODE', and 'Shure' on line 2",
        ),
        (
            "path,device,model\na.wav,x,A\nb.wav,x,B\n",
            "line 3: the device 'x' has the model 'B', and 'A' on line 2",
        ),
        (
            "path,device,model,unit\na.wav,x,KM,1\nb.wav,y,KM,1\n",
            "line 3: the devices 'x' and 'y' are both unit '1' of the model 'KM'",
        ),
        ("path,device\na.wav,Mic\nb.wav,mic\n", "'Mic' and 'mic' both name the device"),
        ('path,device\na.wav,"x\n', r"line \d: not readable as CSV"),
    ],
)
def test_manifest_names_the_file_the_line_and_the_value(text, message, tmp_path):
    with pytest.raises(MicfpError, match=message) as caught:
        manifest.read(write_csv(tmp_path, text))
    assert "list.csv" in str(caught.value)


def test_manifest_that_is_missing_or_not_utf8(tmp_path):
    with pytest.raises(MicfpError, match=r"none\.csv: there is no such CSV"):
        manifest.read(tmp_path / "none.csv")
    with pytest.raises(MicfpError, match=r"list\.csv: is not UTF-8 text"):
        manifest.read(write_csv(tmp_path, "path,device\na.wav,Gerät\n", "latin-1"))


@pytest.mark.parametrize("place", ["below/list.csv", "list.csv", "../elsewhere/list.csv"])
def test_a_written_manifest_reads_back_the_same(place, tmp_path):
    root = tree(tmp_path / "root", "Gerät, 1/day;1/ä b.wav", 'phone "2"/a.wav')
    table = folder.read(root)
    file = root / place
    file.parent.mkdir(exist_ok=True)
    manifest.write(table, file)
    again = manifest.read(file)
    assert [os.path.abspath(path) for path in again["path"]] == list(table["path"])
    assert again.drop(columns="path").equals(table.drop(columns="path"))
    if place == "../elsewhere/list.csv":  # absolute, so that the list may move without the folder
        assert list(manifest.read(file.rename(tmp_path / "list.csv"))["path"]) == list(
            table["path"]
        )
    if place == "list.csv":  # relative, so that the folder may move with its list
        moved = root.rename(tmp_path / "moved")
        assert all(Path(path).is_file() for path in manifest.read(moved / "list.csv")["path"])


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("sep=;\npath;device\na.wav;x\n", "utf-8"),
        ('"sep=;"\r\npath;device\r\na.wav;x\r\n', "utf-8-sig"),
        ("sep=\t\npath\tdevice\na.wav\tx\n", "utf-16"),
        ("path\tdevice\r\na.wav\tx\r\n", "utf-16"),
        ("path,device\n a.wav ,x\n", "utf-8"),
        ("path,device\n.\\a.wav,x\n", "utf-8"),
    ],
)
def test_manifest_as_excel_and_windows_write_it(text, encoding, tmp_path):
    row = one_row(manifest.read(write_csv(tmp_path, text, encoding)))
    assert (os.path.normpath(row["path"]), row["device"]) == (f"{tmp_path}/a.wav", "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,device,content\na.wav,x,1,5\n", "line 2: has 4 cells, .*as in 1,5, needs quotes"),
        ("path,device\nC:\\audio\\a.wav,x\n", r"line 2: C:\\audio\\a\.wav is a path of a Windows"),
        (
            "path,device\n\\\\server\\a.wav,x\n",
            r"line 2: \\\\server\\a\.wav is a path of a Windows",
        ),
        ("sep=;\n", "has no column path and no column device"),
        ("path,device\na\0.wav,x\n", r"line 2: .*a\\x00\.wav is not there"),
    ],
)
def test_manifest_names_the_cause(text, message, tmp_path):
    with pytest.raises(MicfpError, match=message):
        manifest.read(write_csv(tmp_path, text))


def test_manifest_that_is_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "list.csv")
    with pytest.raises(MicfpError, match="no regular file"):
        manifest.read(tmp_path / "list.csv")


@pytest.mark.parametrize(("listed", "there"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_manifest_finds_a_name_in_its_other_unicode_form(listed, there, tmp_path):
    """macOS decomposes names that a spreadsheet writes composed."""
    name = "Gerät.wav"
    tree(tmp_path, unicodedata.normalize(there, name))
    file = tmp_path / "list.csv"
    file.write_text(f"path,device\n{unicodedata.normalize(listed, name)},x\n", encoding="utf-8")
    assert Path(one_row(manifest.read(file))["path"]).is_file()


def test_manifest_tells_unicode_twins_apart(tmp_path):
    twins = [unicodedata.normalize(form, "Gerät.wav") for form in ("NFC", "NFD")]
    tree(tmp_path, *twins)
    file = tmp_path / "list.csv"
    file.write_text("path,device\n" + "".join(f"{twin},x\n" for twin in twins), encoding="utf-8")
    assert sorted(Path(path).name for path in manifest.read(file)["path"]) == sorted(twins)


ODD = (
    b"bad\xff",
    b"new\nline",
    b"esc\x1b[31mred",
    b"=cmd()",
    b"+1",
    b"-x",
    b"@y",
    b" lead",
    b"a\\b",
)


def odd_tree(root: Path) -> Path:
    """A folder per odd name, with recordings of odd names in it."""
    for name in ODD:
        folder = os.path.join(os.fsencode(root), name)
        os.makedirs(folder)
        for content in (b"a", name):
            Path(os.fsdecode(os.path.join(folder, content + b".wav"))).touch()
    return root


def test_odd_names_are_shown_escaped_and_written_as_a_csv_that_reads_back(tmp_path):
    root = odd_tree(tmp_path / "root")
    table = folder.read(root)
    assert all(os.path.isfile(path) for path in table["path"])
    assert set(table["device"]) == {
        *(
            "bad\\xff",
            "new line",
            "esc\\x1b[31mred",
            "'=cmd()",
            "'+1",
            "'-x",
            "'@y",
            "lead",
            "a\\b",
        ),
    }
    for place in (root / "list.csv", tmp_path / "list.csv", *([root / "=cmd()" / "list.csv"])):
        manifest.write(table, place)
        rows = list(csv.reader(place.read_text(encoding="utf-8").splitlines()))
        assert len(rows) == 1 + len(table)
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
        again = manifest.read(place)
        assert {os.path.realpath(path) for path in again["path"]} == {
            os.path.realpath(path) for path in table["path"]
        }
        assert set(again["device"]) == set(table["device"])


# ---- a written bench


def test_bench_is_the_manifest_in_its_folder(tmp_path):
    tree(tmp_path, "s1/a.wav")
    (tmp_path / "recordings.csv").write_text("path,device\ns1/a.wav,x\n")
    assert one_row(bench.read(tmp_path))["path"] == f"{tmp_path}/s1/a.wav"
    assert bench.read(tmp_path).equals(manifest.read(tmp_path / "recordings.csv"))


def test_a_folder_without_its_list_is_no_bench(tmp_path):
    with pytest.raises(MicfpError, match=r"holds no recordings\.csv, so it is no written bench"):
        bench.read(tmp_path)
