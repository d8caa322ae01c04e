"""Scattering: moduli of wavelet coefficients, averaged.

    S x = (x * phi, |x * psi_1| * phi, ||x * psi_1| * psi_2| * phi, ...)

over paths of filters psi_1, psi_2, ... of ever larger scales and all angles, sub-sampled by 2^J (J.
Bruna & S. Mallat, *Invariant scattering convolution networks*, 2013), of signals of any number of
axes. This is the transform of a bank of filters, for periodic signals; `transforms` are those of
images and sounds.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.wavelets.filters import Bank

HIGHEST = 8  # order
PRODUCT = 2**16  # elements of a matrix up to which an average is a product with it, not by an FFT
AT_ONCE = 4  # times that a product of transforms is halved in one go


class Path(NamedTuple):
    """Which filters a coefficient has gone through: the place of each in the bank, in turn.

    `filters` and `angles` count from 0; `scales` are logarithms to the base 2.
    """

    filters: tuple[int, ...] = ()
    angles: tuple[int, ...] = ()
    scales: tuple[float, ...] = ()

    @property
    def order(self) -> int:
        return len(self.filters)


def paths(banks: Bank | Sequence[Bank], max_order: Any = 2) -> tuple[Path, ...]:
    """One path for each coefficient of `scatter`, in the order of its axis `paths`.

    By number of filters first, then by scale and angle of the first filter, of the second, ...
    """
    each, found = [Path()], [Path()]
    for order in range(whole("max_order", max_order, least=0, most=HIGHEST)):
        bank = _of(banks, order)
        each = [
            Path((*path.filters, i), (*path.angles, angle), (*path.scales, bank.scales[i]))
            for path in each
            for i in _larger(bank, path.scales[-1] if path.scales else None)
            for angle in range(bank.L)
        ]
        found += each
    return tuple(found)


def scatter(
    x: Inexact[Array, "*batch_and_shape"],
    banks: Bank | Sequence[Bank],
    max_order: int = 2,
    *,
    subsample: bool = True,
) -> Float[Array, "*batch_paths_and_sampled"]:
    """The coefficients [..., paths, *sampled] of periodic signals [..., *shape], as `paths` says.

    `banks`: one bank, or one for the first wavelet of a path, one for the second, and so on; the
    last serves all further ones, and the low-pass is that of the first. With `subsample` each side
    of the result is that of the signal divided by 2^J, and signals are sub-sampled on the way as
    soon as the octaves of the bank allow. The order 0 of a complex signal is the modulus of its
    averages; filters of half a circle see half of its frequencies. BadInput for signals of another
    shape than the bank's, and sides that 2^J does not divide.
    """
    shape, D = _of(banks, 0).shape, len(_of(banks, 0).low)
    _check(x, _of(banks, 0), subsample=subsample)
    whole("max_order", max_order, least=0, most=HIGHEST)
    U = x.reshape(-1, 1, *shape)
    low = low_pass(U, _of(banks, 0), 0, subsample=subsample)
    parts = [low, *_further(U, banks, 0, None, 0, max_order, subsample)]
    found = jnp.concatenate([part.reshape(len(U), -1, *low.shape[2:]) for part in parts], 1)
    return found.reshape(*x.shape[: x.ndim - D], *found.shape[1:])


def _check(x: Array, bank: Bank, *, subsample: bool) -> None:
    if x.shape[max(0, x.ndim - len(bank.low)) :] != bank.shape:
        said = ", ".join(map(str, bank.shape))
        raise BadInput(
            f"signals have shape {list(x.shape)}, the filters are of [..., {said}]: make a bank for"
            " these signals"
        )
    if subsample and any(n % 2**bank.J for n in bank.shape):
        raise BadInput(
            f"sides of {list(bank.shape)} samples cannot be divided by 2^{bank.J}: pad them, or"
            " take subsample=False"
        )


def _further(
    U: Array,
    banks: Bank | Sequence[Bank],
    order: int,
    scale: float | None,
    octave: int,
    orders: int,
    subsample: bool,
) -> list[Array]:
    """Coefficients of U [n, paths, ...] by order, from 1 on, each [n, paths, of order, ...].

    U has gone through `order` filters, the last of which had this scale, and is sub-sampled to
    2^octave.
    """
    bank = _of(banks, order)
    larger = _larger(bank, scale) if orders else []
    if not larger:
        return []
    axes = tuple(range(-len(bank.low), 0))
    f = jnp.fft.fftn(U, axes=axes)
    found: list[list[Array]] = [[] for _ in range(orders)]
    for i in larger:
        to = min(bank.octaves[i], bank.J) if subsample else 0
        psi = cropped(bank.psi[i], octave, axes)
        filtered = _filtered(f[:, :, None], psi, to - octave, axes)
        moduli = jnp.abs(jnp.fft.ifftn(filtered, axes=axes))
        found[0].append(low_pass(moduli, _of(banks, 0), to, subsample=subsample))
        deeper = moduli.reshape(len(U), -1, *moduli.shape[3:])
        at = order + 1, bank.scales[i], to, orders - 1
        for part, several in zip(_further(deeper, banks, *at, subsample), found[1:], strict=False):
            several.append(part.reshape(*U.shape[:2], -1, *part.shape[3:]))
    return [jnp.concatenate(parts, 2) for parts in found if parts]


def low_pass(
    U: Inexact[Array, "..."], bank: Bank, octave: int = 0, *, subsample: bool = True
) -> Float[Array, "..."]:
    """U * phi at every 2^J-th sample of the signal; its modulus if U is complex.

    U [..., *sampled] has every 2^octave-th sample. The low-pass phi of a bank is a sum of products
    of one factor along each axis, so that it is applied to one axis after the other.
    """
    octaves, D = bank.J - octave if subsample else 0, len(bank.low)
    total: Any = 0
    for term in range(len(bank.low[0])):
        part = U
        for axis, factors in enumerate(bank.low, -D):
            part = _averaged(part, cropped(factors[term], octave, (-1,)), octaves, axis)
        total = total + part
    return jnp.abs(total) if jnp.iscomplexobj(total) else total


def _averaged(U: Array, factor: Any, octaves: int, axis: int) -> Array:
    """U filtered along an axis by a transform [n], sub-sampled by 2^octaves."""
    n = len(factor)
    if n * (n >> octaves) > PRODUCT:
        along = factor.reshape(-1, *(1,) * (-1 - axis))
        f = _filtered(jnp.fft.fft(U, axis=axis), along, octaves, (axis,))
        found = jnp.fft.ifft(f, axis=axis)
        return found if jnp.iscomplexobj(U) else found.real
    fft: Any = np.fft if isinstance(factor, np.ndarray) else jnp.fft
    apart = 2**octaves * np.arange(n >> octaves)[:, None] - np.arange(n)
    matrix = jnp.asarray(fft.ifft(factor).real[apart % n], U.dtype)
    return jnp.moveaxis(jnp.tensordot(U, matrix, (axis, 1), precision="highest"), -1, axis)


def _filtered(f: Array, transform: Any, octaves: int, axes: tuple[int, ...]) -> Array:
    """The transform of filtered signals at every 2^octaves-th sample.

    f are the transforms of the signals, `transform` that of a filter, which is real. To sub-sample
    a signal is to average its transform over frequencies that are aliases of one another. The
    products of these are added one by one, so that only their sum is stored; a mean over an axis of
    its own would not be vectorised on a CPU.
    """
    at_once = min(octaves, AT_ONCE // len(axes))
    real = jnp.asarray(transform, f.real.dtype) / 2 ** (at_once * len(axes))
    real = real.reshape((1,) * (f.ndim - real.ndim) + real.shape)
    pairs = [(f, real)]
    for axis in axes:
        parts = [[jnp.split(a, 2**at_once, axis) for a in pair] for pair in pairs]
        pairs = [(a, b) for both in parts for a, b in zip(*both, strict=True)]
    terms = [jax.lax.complex(a.real * b, a.imag * b) for a, b in pairs]
    return folded(sum(terms[1:], terms[0]), octaves - at_once, axes)


def folded(f: Array, octaves: int, axes: tuple[int, ...]) -> Array:
    """The transform of a signal sub-sampled by 2^octaves along axes, counted from the end."""
    for axis in axes * octaves:
        one, other = jnp.split(f, 2, axis)
        f = (one + other) / 2
    return f


def cropped(psi: Any, octave: int, axes: tuple[int, ...]) -> Any:
    """A transform for signals that are sub-sampled to 2^octave: its low frequencies."""
    for axis in axes:
        n = psi.shape[axis] >> octave
        psi = psi.take(np.r_[0 : n - n // 2, psi.shape[axis] - n // 2 : psi.shape[axis]], axis)
    return psi


def _of(banks: Bank | Sequence[Bank], order: int) -> Bank:
    """That of the wavelet after `order` others."""
    return banks if isinstance(banks, Bank) else banks[min(order, len(banks) - 1)]


def _larger(bank: Bank, scale: float | None) -> list[int]:
    """The filters of larger scale; all, at first."""
    return [i for i, s in enumerate(bank.scales) if scale is None or s > scale]
