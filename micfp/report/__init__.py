"""The HTML that a person reads."""
