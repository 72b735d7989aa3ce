"""Tells by its first bytes whether a file may hold sound; opens no decoder.

Headers of containers are told by their magic numbers. Streams of MPEG audio, AAC and transport
packets have only short sync words: further frames must follow where the first says.
"""

import os

HEAD_BYTES = 8192  # the longest MPEG audio frame has 2 881 bytes, four transport packets have 816

_MAGIC = (
    *(b"OggS", b"fLaC", b"ID3", b"caff", b".snd", b"dns.", b"NIST_1A", b"Creative Voice File"),
    *(b"#!AMR", b"#!SILK", b"\x02#!SILK", b"#!iLBC", b"#!EVS"),  # voice notes of phones, messengers
    *(b"\x01dss", b"\x02dss", b"\x03dss", b"\x03ds2", b"\x07ds2"),  # dictation
    *(b"wvpk", b"MAC ", b"TTA1", b"TTA2", b"tBaK", b"OFR ", b"MP+", b"MPCK", b"ajkg", b"APETAGEX"),
    *(b"DSD ", b"FRM8", b"ADIF", b"TWIN", b"PVF1", b"PVF2", b"ea3\x03", b"EA3\x01", b"ALawSound"),
    *(b".ra\xfd", b".RMF", b"FLV\x01", b"nut/multimedia container\0"),
    *(b"\x64\xa3", b"\x00\x01\xa3\x64", b"\x00\x02\xa3\x64", b"\x00\x03\xa3\x64"),  # IRCAM
    *(b"\x0b\x77", b"\x7f\xfe\x80\x01", b"\xfe\x7f\x01\x80"),  # AC-3, DTS
    b"riff\x2e\x91\xcf\x11",  # Wave64
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMA, WMV
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02",  # MXF
)
_FORMS = {  # what stands at byte 8 of files of chunks
    **dict.fromkeys((b"RIFF", b"RIFX"), (b"WAVE", b"AVI ", b"QLCM", b"CDXA")),
    **dict.fromkeys((b"RF64", b"BW64"), (b"WAVE",)),
    b"FORM": (b"AIFF", b"AIFC", b"8SVX", b"16SV"),
}
_BOXES = (b"ftyp", b"moov", b"moof", b"styp", b"wide", b"free", b"skip", b"pnot")  # MP4, MOV, 3GP
_PICTURES = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"crx ")
_PACKETS = ((0, 188), (4, 192), (0, 204))  # start and size of MPEG transport packets

_KBIT_S = {  # by MPEG-1 or not, and layer (ISO 11172-3, 13818-3)
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def looks_like_audio(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as audio does, or as a container that may hold it.

    Parameters
    ----------
    path
        A regular file.

    Raises
    ------
    OSError
        The file may not be opened or read.
    """
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return begins_as_audio(os.read(file, HEAD_BYTES))
    finally:
        os.close(file)


def begins_as_audio(head: bytes) -> bool:
    """Whether bytes are those that audio, or a container that may hold it, begins with."""
    if head.startswith(_MAGIC) or head[8:12] in _FORMS.get(head[:4], ()):
        return True
    if head[4:8] == b"mdat":
        return True
    if head[4:8] in _BOXES and head[0] == 0:  # text may have such a word; no box of 16 MB is first
        return head[8:12] not in _PICTURES
    first = frame_bytes(head)
    if first:
        second = head[first : first + 7]
        alike = 0xE0 if head[0] == 0x56 else 0xFE  # what two headers share of their second byte
        return frame_bytes(second) > 0 and (head[1] ^ second[1]) & alike == 0
    return any(_has_packets(head, start, size) for start, size in _PACKETS)


def frame_bytes(head: bytes) -> int:
    """Bytes of the frame that begins here, of MPEG audio, AAC in ADTS or in LOAS; 0 for none."""
    if len(head) < 7:
        return 0
    if head[0] == 0x56 and head[1] & 0xE0 == 0xE0:  # LOAS
        return ((head[1] & 0x1F) << 8 | head[2]) + 3
    if head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    if layer == 4:  # ADTS; its header alone has 7 bytes
        size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return size if head[1] & 0xF0 == 0xF0 and size >= 7 else 0
    bit_rate, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or not 0 < bit_rate < 15 or rate == 3:
        return 0
    bits_s = 1000 * _KBIT_S[version == 3, layer][bit_rate - 1]
    rate_hz = _RATES_HZ[version][rate]
    if layer == 1:
        return (12 * bits_s // rate_hz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits_s // rate_hz + padding


def _has_packets(head: bytes, start: int, size: int) -> bool:
    """Whether at least three MPEG transport packets follow one another."""
    sync = head[start::size][:4]
    return len(sync) >= 3 and sync.count(0x47) == len(sync)
