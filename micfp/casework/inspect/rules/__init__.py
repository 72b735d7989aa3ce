"""Rules of consistency, by what they look at."""
