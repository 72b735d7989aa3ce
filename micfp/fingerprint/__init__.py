"""Naming devices: what is done with a fitted model."""
