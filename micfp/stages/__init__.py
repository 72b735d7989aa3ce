"""One stage of the pipeline a file: what makes its result."""
