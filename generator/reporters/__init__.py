"""Print a run's record: one module per format."""
