"""From recordings to segments: trim windows, split on silence, fixed windows.

Segments are rows of start and stop samples (`start` inclusive, `stop` exclusive) that point into a
recording; no audio is written here.
"""

import numpy as np
from numpy.typing import NDArray

Segments = NDArray[np.int64]
"""(k, 2): start and stop samples."""
