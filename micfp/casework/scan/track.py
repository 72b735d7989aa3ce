"""What is followed over time, and where it changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """A place at which something changed.

    Attributes
    ----------
    time_s
        From the start of the recording, on the clock of its decoded samples.
    interval_s
        95 % of where it is, from and to.
    track
        Name of what changed.
    log10_lr
        Of "it changed here" against "it did not"; None where no calibrated one is known.
    what
        A sentence for a person, with figures and units.
    """

    time_s: float
    interval_s: tuple[float, float]
    track: str
    log10_lr: float | None
    what: str


@dataclass(frozen=True)
class Track:
    """Something that was followed over time.

    Attributes
    ----------
    name
        Such as "hum".
    times_s, values
        (n,) each; NaN where it could not be measured.
    unit
        Of the values, such as "dB".
    changes
        In order of time.
    false_alarms_per_hour
        Of its changes, on recordings in which nothing changed; nominal, as measured.
    unseen
        Why it saw less than all, a sentence; None where nothing stood in its way.
    threshold
        Value below which nothing is marked, in the unit; None where changes, not values, are held
        against one.
    """

    name: str
    times_s: Array
    values: Array
    unit: str
    changes: tuple[Change, ...]
    false_alarms_per_hour: float
    unseen: str | None
    threshold: float | None = None
