"""What a file itself says: every field with its reader, and what does not fit together."""
