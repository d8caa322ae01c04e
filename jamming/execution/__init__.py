"""How many runs share a machine: lanes, workers, checkpoints, memory, threads."""
