"""Which of a few known devices a piece of sound is of, whatever it went through."""
