"""What the sweeps of several chapters use."""
