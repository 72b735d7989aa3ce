"""Content-addressed results: tasks, jobs, the store; knows no audio."""
