"""Projects: the pipeline's files in a folder of one's own, without a clone of the code."""
