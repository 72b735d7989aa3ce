"""The only package that opens or writes audio.

What a file is, is found by trying, never by its name: libsndfile first (WAV, RF64, Wave64, FLAC,
Ogg Vorbis, MP3, AIFF...), then FFmpeg (`ffmpeg.py`: Opus, M4A/AAC, AMR, an audio track of MP4,
MKV, WebM...). FFmpeg also takes what libsndfile would not read to the end: damaged FLAC, chained
Ogg, and MP3 files whose length is stated nowhere or of a part. Whatever a decoder raises is one
sentence (`failures.py`), and `isolated` runs a function on many files in a process that may die of
one.

Samples are passed on as they are, NaN and infinity too. Of several channels, `channel` is the
index of one (0 is the first), or "mean": the mean of all, as librosa's to_mono. Memory does
not grow with the length of a file, except by what `read` returns.
"""

from micfp.audio.decoding import (
    Channel,
    Float32,
    blocks,
    channel_blocks,
    check_channel,
    one_channel,
    read,
    read_ranges,
)
from micfp.audio.info import AudioInfo, probe
from micfp.audio.integers import full_scale, pcm_blocks
from micfp.audio.isolation import isolated
from micfp.audio.resampling import resample
from micfp.audio.sniffing import looks_like_audio
from micfp.audio.stored import Decoder, decoder_of, stored_blocks
from micfp.audio.writing import copy_wav, write_blocks, write_wav

__all__ = [
    "AudioInfo",
    "Channel",
    "Decoder",
    "Float32",
    "blocks",
    "channel_blocks",
    "check_channel",
    "copy_wav",
    "decoder_of",
    "full_scale",
    "isolated",
    "looks_like_audio",
    "one_channel",
    "pcm_blocks",
    "probe",
    "read",
    "read_ranges",
    "resample",
    "stored_blocks",
    "write_blocks",
    "write_wav",
]
