"""Learning curves of kernels: of real data, and of teachers whose curves are known."""
