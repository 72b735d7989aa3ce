"""The only package that opens or writes audio.

What a file is, is found by trying, never by its name: libsndfile first (WAV, RF64, Wave64, FLAC,
Ogg Vorbis and Opus, MP3, AIFF...), then FFmpeg (`ffmpeg.py`: M4A/AAC, AMR, the first audio track of
MP4, MKV, WebM). FFmpeg also takes what libsndfile opens but cannot read to the end that the header
promises, and MP3 files whose length is stated nowhere.

Samples are passed on as they are, NaN and infinity too. Of several channels, `channel` is the
index of one (0 is the first), or "mean": the mean of all, as librosa's to_mono. Memory does
not grow with the length of a file, except by what `read` returns.
"""

from micfp.audio.decoding import Channel, Float32, blocks, read, read_ranges
from micfp.audio.info import AudioInfo, probe
from micfp.audio.integers import full_scale, pcm_blocks
from micfp.audio.resampling import resample
from micfp.audio.writing import copy_wav, write_blocks, write_wav

__all__ = [
    "AudioInfo",
    "Channel",
    "Float32",
    "blocks",
    "copy_wav",
    "full_scale",
    "pcm_blocks",
    "probe",
    "read",
    "read_ranges",
    "resample",
    "write_blocks",
    "write_wav",
]
