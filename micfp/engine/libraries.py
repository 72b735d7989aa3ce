"""Libraries that make numbers, by the names of their packages."""

ARRAYS = ("numpy", "scipy")
# What reads and writes audio.
AUDIO = (*ARRAYS, "av", "soundfile")
# What changes its rate, too.
SOUND = (*AUDIO, "soxr")
CLASSIFIERS = (*ARRAYS, "scikit-learn")
LEARNING = (*CLASSIFIERS, "torch")
