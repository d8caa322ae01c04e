"""The jamming transition: N*(P), landscapes around it, learning times, N_eff, classes."""
