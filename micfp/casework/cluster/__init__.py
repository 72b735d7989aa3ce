"""How many devices made some recordings, and which of them belong together."""
