"""Wavelets, scattering, and networks that collapse phases.

Signals have their samples as the last axes, [..., n] or [..., H, W]: channels go before them. A
filter is given by its Fourier transform, of the same shape as a signal (see `filters`).
"""
