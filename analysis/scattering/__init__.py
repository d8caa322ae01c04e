"""Figures on scattering and the collapse of phases."""
