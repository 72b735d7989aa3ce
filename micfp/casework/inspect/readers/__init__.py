"""Readers: each gives fields of an open file."""
