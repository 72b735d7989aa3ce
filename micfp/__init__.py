"""micfp: identifies the microphone or phone that made a recording."""

__version__ = "0.1.0"
