"""The Python API: what `import micfp` offers, by the functions that the commands call."""
