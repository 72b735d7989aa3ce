"""Parameters of the virtual bench."""

from micfp.config.base import Section


class BenchConfig(Section):
    """The virtual bench: replaced by the bench room's own parameters."""
