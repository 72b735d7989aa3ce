"""What happens to a recording on its way: one kind per file, applied in the order of a chain.

Every kind takes one channel, float32 (n,) of finite samples, and gives as many back, lined up with
them to the sample; time_stretch alone gives another number. What goes beyond full scale stays
beyond it, but for clipping, bit_depth and the codecs that have 16 bits inside.
"""

from micfp.degrade.chain import degrade, source_files
from micfp.degrade.registry import DEGRADATIONS, Degradation

__all__ = ["DEGRADATIONS", "Degradation", "degrade", "source_files"]
