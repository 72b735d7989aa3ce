"""Names a container by its first bytes; nothing is decoded, and no name of a file counts."""

from micfp.audio.sniffing import frame_bytes
from micfp.casework.inspect.readers.ogg import first_packets

MP4_KINDS = ("MPEG-4", "QuickTime", "3GPP", "3GPP2")
CHUNK_KINDS = ("WAV", "RF64", "BW64", "Wave64", "AIFF")

_MAGIC = (
    (b"fLaC", "FLAC"),
    (b"caff", "Core Audio Format (CAF)"),
    (b".snd", "AU"),
    (b"dns.", "AU, little-endian"),
    (b"NIST_1A", "NIST SPHERE"),
    (b"Creative Voice File", "Creative VOC"),
    (b"#!AMR-WB", "AMR-WB"),
    (b"#!AMR", "AMR"),
    (b"#!SILK_V3", "SILK v3"),
    (b"\x02#!SILK_V3", "SILK v3 (of QQ or WeChat)"),
    (b"#!iLBC", "iLBC"),
    (b"#!EVS", "EVS"),
    (b"\x02dss", "DSS dictation"),
    (b"\x03dss", "DSS dictation"),
    (b"\x03ds2", "DS2 dictation"),
    (b"\x07ds2", "DS2 dictation, encrypted"),
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"TTA", "True Audio (TTA)"),
    (b"tBaK", "TAK"),
    (b"OFR ", "OptimFROG"),
    (b"MP+", "Musepack SV7"),
    (b"MPCK", "Musepack SV8"),
    (b"ajkg", "Shorten"),
    (b"DSD ", "DSF"),
    (b"FRM8", "DSDIFF"),
    (b"ADIF", "AAC in ADIF"),
    (b"TWIN", "TwinVQ"),
    (b"PVF1", "Portable Voice Format (PVF)"),
    (b"PVF2", "Portable Voice Format (PVF)"),
    (b"ALawSoundFile", "Psion WVE"),
    (b"Extended Instrument: ", "FastTracker 2 XI"),
    (b"2BIT", "Audio Visual Research (AVR)"),
    (b" paf", "Ensoniq PARIS (PAF)"),
    (b"fap ", "Ensoniq PARIS (PAF)"),
    (b"\xf0\x7e", "MIDI Sample Dump (SDS)"),
    (b"MATLAB 5.0 MAT-file", "MATLAB 5"),
    (b"\x01\x04", "Akai MPC 2000"),
    (b"\x64\xa3", "IRCAM"),
    (b"\x00\x01\xa3\x64", "IRCAM"),
    (b"\x00\x02\xa3\x64", "IRCAM"),
    (b"\x00\x03\xa3\x64", "IRCAM"),
    (b".ra\xfd", "RealAudio"),
    (b".RMF", "RealMedia"),
    (b"FLV\x01", "Flash Video (FLV)"),
    (b"nut/multimedia container", "NUT"),
    (b"ea3\x03", "OpenMG (OMA)"),
    (b"EA3\x01", "OpenMG (OMA)"),
    (b"\x7f\xfe\x80\x01", "DTS"),
    (b"\x72\xf8\x1f\x4e", "IEC 61937 (S/PDIF)"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "ASF (WMA, WMV)"),
    (b"\x00\x00\x01\xba", "MPEG program stream"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", "MXF"),
)
_FORMS = {
    b"RIFFWAVE": "WAV",
    b"RIFXWAVE": "WAV, big-endian (RIFX)",
    b"RF64WAVE": "RF64",
    b"BW64WAVE": "BW64",
    b"RIFFAVI ": "AVI",
    b"RIFFQLCM": "QCP",
    b"FORMAIFF": "AIFF",
    b"FORMAIFC": "AIFF-C",
    b"FORM8SVX": "IFF 8SVX",
    b"FORM16SV": "IFF 16SV",
}
_BOXES = (b"ftyp", b"moov", b"mdat", b"moof", b"styp", b"wide", b"free", b"skip", b"pnot")
_BRANDS = (
    (b"qt  ", "QuickTime (MOV)"),
    (b"M4A ", "MPEG-4 audio (M4A)"),
    (b"M4B ", "MPEG-4 audio (M4B)"),
    (b"3g2", "3GPP2 (3G2)"),
    (b"3g", "3GPP (3GP)"),
)
_OGG = (
    (b"OpusHead", "Opus"),
    (b"\x01vorbis", "Vorbis"),
    (b"Speex", "Speex"),
    (b"\x7fFLAC", "FLAC"),
    (b"\x80theora", "Theora"),
    (b"fishead", "Skeleton"),
)
_LAYERS = {
    1: "MPEG audio layer I (MP1)",
    2: "MPEG audio layer II (MP2)",
    3: "MPEG audio layer III (MP3)",
}
_PACKETS = ((0, 188, "MPEG transport stream"), (4, 192, "MPEG transport stream (M2TS)"))


def container_of(head: bytes) -> str:
    """Name of the container that begins with these bytes; "" where they tell of none.

    Parameters
    ----------
    head
        The first 8 kB of a file, behind an ID3v2 tag where it begins with one.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] + head[8:12] in _FORMS:
        name = _FORMS[head[:4] + head[8:12]]
        extensible = name == "WAV" and head[12:16] == b"fmt " and head[20:22] == b"\xfe\xff"
        return "WAV (WAVE_FORMAT_EXTENSIBLE)" if extensible else name
    if head[:4] == b"riff" and head[24:28] == b"wave":
        return "Wave64"
    if head[:4] == b"OggS":
        return _ogg(head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "WebM" if b"webm" in head[:64] else "Matroska (MKV, MKA)"
    if head[4:8] in _BOXES:
        return _mp4(head)
    return _stream(head)


def _ogg(head: bytes) -> str:
    packets = first_packets(head)
    first = packets[0] if packets else b""
    names = [name for magic, name in _OGG if first.startswith(magic)]
    return f"Ogg ({names[0]})" if names else "Ogg"


def _mp4(head: bytes) -> str:
    if head[4:8] != b"ftyp":
        return "QuickTime (MOV) without brands"
    for brand, name in _BRANDS:
        if head[8:12].startswith(brand):
            return name
    return "MPEG-4 (MP4)"


def _stream(head: bytes) -> str:
    """Streams of short sync words: further frames must follow where the first says."""
    for start, size, name in _PACKETS:
        if len(head) > start + 2 * size and set(head[start::size]) == {0x47}:
            return name
    length = frame_bytes(head)
    if length and frame_bytes(head[length : length + 7]):
        layer = 4 - (head[1] >> 1 & 3)
        return "AAC in LOAS" if head[0] == 0x56 else _LAYERS.get(layer, "AAC in ADTS")
    if head[:2] == b"\x0b\x77":
        return "E-AC-3" if len(head) > 5 and head[5] >> 3 > 10 else "AC-3"
    return ""
