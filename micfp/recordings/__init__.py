"""Recordings on their way in: the quality check, segments, and who trains and is tested."""
