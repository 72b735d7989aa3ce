"""What makes results: one stage of the pipeline per file."""
