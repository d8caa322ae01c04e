"""The register: what a claim is, what it is tested with, and the statistics they share."""
