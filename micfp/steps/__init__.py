"""One pipeline step a file: what it reads, what it writes, its version."""
