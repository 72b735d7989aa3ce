"""What happens to a recording on its way: one kind per file, applied in the order of a chain.

Every kind takes one channel, float32 (n,) of finite samples with their rate, and gives another one,
lined up with it: time 0 is time 0. Codecs, the telephone and lower sample rates give what a file of
theirs holds as it is read, at its rate and length. All others keep both, but for time_stretch,
which gives another length. What goes beyond full scale stays beyond it, but for clipping,
bit_depth, Opus, and the codecs of telephones.
"""

from micfp.degrade.chain import degrade, degrade_channels, mono_from, source_files
from micfp.degrade.kind import Sound
from micfp.degrade.registry import DEGRADATIONS, Degradation

__all__ = [
    "DEGRADATIONS",
    "Degradation",
    "Sound",
    "degrade",
    "degrade_channels",
    "mono_from",
    "source_files",
]
