"""Claims about scattering and the collapse of phases."""
