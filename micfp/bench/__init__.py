"""The virtual bench: microphones, rooms and days that are simulated, and what they play."""
