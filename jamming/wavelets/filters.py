"""Banks of wavelets, and what one needs to know of them: frame bounds, tight banks.

Filters are given by their Fourier transforms on the frequencies of a signal, in the order of
`numpy.fft` and periodised: real, since in space a filter at -u is the conjugate of that at u. A
bank has band-pass filters psi of several scales and angles, from fine to coarse, and a low-pass
phi. What they give of a real signal of energy |x|^2 has an energy between A and B times that, with
A and B the least and the largest value of the Littlewood-Paley sum

    |phi(w)|^2 + 1/2 sum (|psi(w)|^2 + |psi(-w)|^2),

and of a complex one with |psi(w)|^2 in place of the mean of both. (S. Mallat, *Group invariant
scattering*, 2012; J. Bruna & S. Mallat, *Invariant scattering convolution networks*, 2013.)
"""

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.errors import BadInput


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=("psi", "low"),
    meta_fields=("scales", "octaves", "J", "full"),
)
@dataclass(frozen=True, eq=False)
class Bank:
    """Wavelets psi and a low-pass phi for signals of one shape, as Fourier transforms.

    psi [scales, angles, *shape]. phi is the sum over terms of the outer product of `low`, one array
    [terms, n] for each axis; a Gaussian is one term. `scales` [scales] are logarithms to the base
    2, ascending: a path of wavelets goes from smaller to larger scales. `octaves` [scales]: after
    which a signal may be sub-sampled by 2^octave; J: by 2^J after phi. `full`: the angles are those
    of a full circle, which complex signals need, in place of half of one.
    """

    psi: Float[Array | np.ndarray, "scales angles *shape"]
    low: tuple[Float[Array | np.ndarray, "terms _"], ...]
    scales: tuple[float, ...]
    octaves: tuple[int, ...]
    J: int
    full: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the signals."""
        return tuple(factor.shape[1] for factor in self.low)

    @property
    def L(self) -> int:
        """The number of angles."""
        return self.psi.shape[1]

    @property
    def phi(self) -> Any:
        """The low-pass, of the shape of a signal."""
        axes = "abcdefg"[: len(self.low)]
        return np.einsum(",".join(f"z{a}" for a in axes) + f"->{axes}", *self.low)


def littlewood_paley(bank: Bank) -> Float[np.ndarray, "*shape"]:
    """The sum of the squares of all filters at each frequency: see the module."""
    psi = np.square(np.asarray(bank.psi, np.float64)).sum((0, 1))
    return np.square(bank.phi) + (psi if bank.full else (psi + opposite(psi)) / 2)


def frame_bounds(bank: Bank) -> tuple[float, float]:
    """(A, B): the least and the largest energy that the filters give to a signal of energy 1."""
    total = littlewood_paley(bank)
    return float(total.min()), float(total.max())


def contracting(bank: Bank) -> Bank:
    """The bank divided by the square root of its upper bound B: no signal gains energy."""
    root = math.sqrt(frame_bounds(bank)[1])
    first, *others = bank.low
    return replace(bank, psi=bank.psi / root, low=(first / root, *others))


def tight(bank: Bank) -> Bank:
    """The bank with each frequency divided by the root of its Littlewood-Paley sum: A = B = 1.

    Of signals with one axis or two. BadInput where no filter has a frequency.
    """
    total = littlewood_paley(bank)
    if total.min() < 1e-12:
        raise BadInput("a frequency is in no filter of this bank: there is no tight one")
    root = np.sqrt(total)
    phi = bank.phi / root
    if phi.ndim == 1:
        return replace(bank, psi=bank.psi / root, low=(phi[None],))
    left, s, right = np.linalg.svd(phi, full_matrices=False)
    terms = s > 1e-14 * s[0]  # below is rounding
    low = left.T[terms] * s[terms, None], right[terms]
    return replace(bank, psi=bank.psi / root, low=low)


def opposite(of: Any) -> Any:
    """What a function of frequencies, all of its axes, is at -w."""
    axes = tuple(range(of.ndim))
    return np.roll(np.flip(of, axes), 1, axes)


def gaussian(n: int, sigma: float, xi: float = 0.0) -> Float[np.ndarray, " n"]:
    """exp(-sigma^2 (w - xi)^2 / 2) at the n frequencies, periodised: a Gaussian of sum 1 at xi = 0.

    `sigma` in samples, `xi` in radians a sample.
    """
    periods = math.ceil(7 / sigma / (2 * math.pi) + 1)  # seven widths
    turns = 2 * np.pi * np.arange(-periods, periods + 1)
    w = 2 * np.pi * np.fft.fftfreq(n)[:, None] + turns
    return np.exp(-(sigma**2) / 2 * (w - xi) ** 2).sum(1)
