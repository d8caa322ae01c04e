"""Scattering of images and of sounds: padding, filters, coefficients without the padding.

With Kymatio's names, filters, padding and sub-sampling:

    >>> scattering = Scattering2D(J=2, shape=(32, 32))
    >>> scattering(images).shape            # of images [..., 32, 32]
    (..., 81, 8, 8)

Differentiable, compiled, in the precision of what is given, of any order, with complex input. To
rounding the coefficients are those of Kymatio 0.3 times pi / 3.1415 for each filter in two
dimensions (its Gaussians have 3.1415 for pi), and in one those that it gives with `oversampling=J`
(without it those of sub-sampled filters are too small by powers of 2). (M. Andreux et al.,
*Kymatio: scattering transforms in Python*, 2020.)
"""

import functools
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Inexact

from jamming.checks.arguments import flag, one_of, settle, whole, wholes
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.wavelets.filters import Bank
from jamming.wavelets.morlet import MOST_ANGLES, bank_of_images, bank_of_signals, image_shape
from jamming.wavelets.scattering import HIGHEST, Path, paths, scatter

Padding = Literal["reflect", "symmetric", "edge", "constant", "wrap", "none"]

BLOCK = 2**17  # numbers that the first wavelets give of the signals that are computed at a time


@dataclass(frozen=True)
class Transform:
    """What the transforms of images and sounds have in common."""

    J: Any
    shape: Any
    max_order: Any = 2
    padding: Any = "reflect"
    subsample: Any = True

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        one_of("padding", self.padding, get_args(Padding))
        order = whole("max_order", self.max_order, least=0, most=HIGHEST)
        settle(self, {"max_order": order, "subsample": flag("subsample", self.subsample)})
        step = 2 ** self.banks[0].J if self.subsample else 1
        if wrong := [n for n in self._padded if n % step]:
            raise BadInput(
                f"{wrong[0]} samples cannot be sub-sampled by {step} without padding: choose"
                " another J, padding='reflect' or subsample=False"
            )

    @property
    def banks(self) -> tuple[Bank, ...]:
        """The filters of padded signals: of the first wavelet, the second, ..."""
        return _banks(self)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Which filters each coefficient has gone through."""
        return paths(self.banks, self.max_order)

    @property
    def sampled(self) -> tuple[int, ...]:
        """The shape of each coefficient: samples of the signal, and no others."""
        raise NotImplementedError

    def filters(self, shape: tuple[int, ...]) -> tuple[Bank, ...]:
        """Those of signals of a shape."""
        raise NotImplementedError

    def frame(self) -> tuple[tuple[int, int], ...]:
        """Samples that are added before and after, along each axis."""
        raise NotImplementedError

    @property
    def _padded(self) -> tuple[int, ...]:
        return tuple(n + sum(more) for n, more in zip(self.shape, self._frame, strict=True))

    @property
    def _frame(self) -> tuple[tuple[int, int], ...]:
        return self.frame() if self.padding != "none" else ((0, 0),) * len(self.shape)

    def __call__(self, signals: Any) -> Float[Array, "..."]:
        """Coefficients [..., paths, *sampled] of signals [..., *shape]; see `paths`."""
        x = jnp.asarray(self._checked(signals))
        batch = x.shape[: x.ndim - len(self.shape)]
        found = _transformed(x.reshape(-1, *self.shape), self)
        return found.reshape(*batch, *found.shape[1:])

    def _checked(self, signals: Any) -> Any:
        if np.iscomplexobj(signals):
            if not self.banks[0].full:
                raise BadInput(f"complex {self.kind} need filters of a full circle: say full=True")
            real, imaginary = (finite(f(signals), self.kind) for f in (jnp.real, jnp.imag))
            x = jax.lax.complex(real, imaginary)
        else:
            x = finite(signals, self.kind)
        due = self.shape
        if x.ndim < len(due) or x.shape[x.ndim - len(due) :] != due:
            said = ", ".join(map(str, due))
            raise BadInput(
                f"{self.kind} of shape {list(x.shape)}, where [..., {said}] is meant: channels go"
                " before the samples"
            )
        return x


@dataclass(frozen=True)
class Scattering2D(Transform):
    """Scattering coefficients [..., paths, h, w] of images [..., H, W], by Morlet wavelets.

    J: octaves; `shape`: (H, W), or a side; `max_order`: of wavelets in a row. `padding`: how an
    image goes on beyond its frame, in the words of `numpy.pad`, or `none`: periodically, and its
    sides must be divisible by 2^J. `subsample`: at every 2^J-th pixel; else at each. L: angles;
    `full`: of a full circle instead of half of one, for complex images.

    BadInput for what is out of range, J that does not fit, and when called for images of another
    shape, NaN, and complex images without `full`.
    """

    L: Any = 8
    full: Any = False

    kind: ClassVar[str] = "images"

    def __post_init__(self) -> None:
        L = whole("L", self.L, most=MOST_ANGLES)
        settle(self, {"shape": image_shape(self.shape), "L": L, "full": flag("full", self.full)})
        bank_of_images(self.shape, self.J, 1)  # J fits into the image itself
        super().__post_init__()

    @property
    def sampled(self) -> tuple[int, ...]:
        step = 2**self.J if self.subsample else 1
        return tuple(n // step for n in self.shape)

    def filters(self, shape: tuple[int, ...]) -> tuple[Bank, ...]:
        return (bank_of_images(shape, self.J, self.L, full=self.full),)

    def frame(self) -> tuple[tuple[int, int], ...]:
        """2^J pixels at least on each side, so that all sides are multiples of 2^J."""
        step = 2**self.J
        more = [((n + step) // step + 1) * step - n for n in self.shape]
        return tuple((n // 2, n - n // 2) for n in more)


@dataclass(frozen=True)
class Scattering1D(Transform):
    """Scattering coefficients [..., paths, t] of signals [..., n], as of sounds.

    J: octaves; `shape`: n; Q: wavelets an octave, or those of the first wavelet and of the second;
    T: samples of the average, 2^J by default; `full`: with negative frequencies, for complex
    signals. The rest as of `Scattering2D`.
    """

    Q: Any = 1
    T: Any = None
    full: Any = False

    kind: ClassVar[str] = "signals"

    def __post_init__(self) -> None:
        shape = wholes("shape, the samples,", self.shape)
        several = wholes("Q, wavelets an octave,", self.Q)
        if len(shape) != 1:
            raise BadInput(f"a signal has one axis, not {len(shape)}: give its number of samples")
        Q = several if len(several) > 1 else (*several, 1)
        settle(self, {"shape": shape, "Q": Q, "full": flag("full", self.full)})
        bank_of_signals(shape[0], self.J, 1, self.T)  # J fits into the signal itself
        super().__post_init__()

    @property
    def sampled(self) -> tuple[int, ...]:
        step = 2 ** self.banks[0].J if self.subsample else 1
        (n,), ((begin, _),) = self.shape, self._frame
        return (-(-(begin + n) // step) - -(-begin // step),)

    def filters(self, shape: tuple[int, ...]) -> tuple[Bank, ...]:
        of = shape[0], self.J
        return tuple(bank_of_signals(*of, Q, self.T, full=self.full) for Q in self.Q)

    def frame(self) -> tuple[tuple[int, int], ...]:
        """To a power of 2, with three times the length of the average on each side, if that is
        no more than the signal itself."""
        n = self.shape[0]
        (low,) = bank_of_signals(n, self.J, 1, self.T).low
        tail = np.cumsum(np.abs(np.fft.ifft(low[0]))[: n // 2][::-1])[::-1]
        long = np.flatnonzero(tail <= TAIL)
        support = int(long[0]) + 1 if long.size else n // 2
        side = min(math.ceil(math.log2(n + 6 * support)), math.floor(math.log2(3 * n - 2)))
        more = 2**side - n
        return ((more // 2, more - more // 2),)


TAIL = 1e-3  # of the low-pass, beyond its length


@functools.lru_cache(maxsize=16)
def _banks(of: Transform) -> tuple[Bank, ...]:
    return of.filters(of._padded)


def transformed(
    x: Inexact[Array, "n *shape"], of: Transform, banks: tuple[Bank, ...]
) -> Float[Array, "n paths *sampled"]:
    """What `of` gives of signals, by these filters in place of its own."""
    step = 2 ** banks[0].J if of.subsample else 1
    starts = [-(-begin // step) for begin, _ in of._frame]
    inside = tuple(slice(i, i + n) for i, n in zip(starts, of.sampled, strict=True))

    def one(signal: Array) -> Array:
        if of.padding != "none":
            signal = jnp.pad(signal, of._frame, mode=of.padding)
        found = scatter(signal[None], banks, of.max_order, subsample=of.subsample)[0]
        return found[(slice(None), *inside)]

    numbers = math.prod(of._padded) * banks[0].psi.shape[1]
    return jax.lax.map(one, x, batch_size=max(1, BLOCK // numbers))


@functools.partial(jax.jit, static_argnums=1)
def _transformed(x: Array, of: Transform) -> Array:
    return transformed(x, of, of.banks)
