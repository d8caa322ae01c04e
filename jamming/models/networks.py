"""The papers' networks as Flax modules: fully connected (`FC`) and convolutional (`CNN`).

Both are a chain of layers, each bilinear in its weights and its input, with a nonlinearity
between::

    a^1 = c_1 W^1 x + B^1,   a^l = c_l W^l phi(a^{l-1}) + B^l,   f = a^{L+1}

with c_l the prefactor of `jamming.models.parametrisation`. L counts hidden layers: there are L + 1
weight arrays. The papers write -B; every law of B used is symmetric.

Contract: ``f = net.apply(w, x)`` maps inputs [P, d] (FC) or [P, H, W, C] (CNN) to outputs [P] where
c = 1, else [P, c]; ``net.difference(w, dw, x)`` is f(w + dw, x) - f(w, x) without cancellation.
Parameters take the dtype of the x given to ``net.init``. Both take a `Pad` as a last argument where
the network is embedded in a wider one (`jamming.models.padding`).
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

from jamming.checks.arguments import shown, some, whole, wholes
from jamming.checks.arrays import as_float
from jamming.checks.errors import BadInput
from jamming.models.activations import Activation, activation
from jamming.models.convolution import convolve
from jamming.models.parametrisation import NTP, Parametrisation

Params = Any  # a pytree: of ours a mapping, of a pair of functions what its init gives


@dataclass(frozen=True)
class Layer:
    """A map bilinear in (W, z): dense, convolution, or spatial mean and dense (the read-out)."""

    shape: tuple[int, ...]  # of W; the last axis is the fan-out
    stride: int = 1
    padding: int = 0

    @property
    def fan_in(self) -> int:
        return math.prod(self.shape[:-1])

    def __call__(self, W: Array, z: Array) -> Array:
        if W.ndim == 2:
            return (z.mean(axis=(1, 2)) if z.ndim == 4 else z) @ W
        if min(z.shape[1:3]) + 2 * self.padding < self.shape[0]:
            raise BadInput(
                f"a filter of {self.shape[0]}x{self.shape[1]} finds no room in an image of"
                f" {z.shape[1]}x{z.shape[2]}: choose smaller filters, more padding or fewer strides"
            )
        return convolve(W, z, stride=self.stride, padding=self.padding)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Pad:
    """Where a network of L hidden layers sits in a wider one, with any lanes in front."""

    masks: tuple[Float[Array, "..."], ...]  # L of shape [H_l]: 1 where a neuron is real, else 0
    scales: tuple[Float[Array, "*lanes"], ...]  # L + 1: the prefactors at the true fan-in


# what travels through a network: (z,), or its change (dz,)
Signal = tuple[Any, ...]
# an affine layer, from the names of its weights and biases, the layer and its prefactor
Affine = Callable[[str, str, Layer, Any, Signal], Signal]
Nonlinearity = Callable[[Signal], Signal]


class Layered(nn.Module):
    """Affine layers with one activation between; subclasses say in which order."""

    activation: Activation = activation("relu")
    parametrisation: Parametrisation = NTP
    bias: bool = False
    c: int = 1
    axes: ClassVar[int] = 2  # of the inputs

    def __post_init__(self) -> None:
        for name, kind in (("activation", Activation), ("parametrisation", Parametrisation)):
            if not isinstance(value := getattr(self, name), kind):
                raise BadInput(
                    f"{name} = {shown(value)} is no {kind.__name__}: make one by its name, as"
                    f" {name}('{'relu' if kind is Activation else 'ntp'}')"
                )
        self.c = whole("c", self.c)
        super().__post_init__()

    def through(self, signal: Signal, affine: Affine, phi: Nonlinearity, pad: Pad | None) -> Signal:
        """Carry a signal through the network, with the masks and prefactors of a pad if given."""
        raise NotImplementedError

    @nn.compact
    def __call__(self, x: Num[Array, "P *d"], pad: Pad | None = None) -> Float[Array, "P *c"]:
        x = inputs(self, x, self.axes, self.get_variable("params", "W1"))
        law = self.parametrisation

        def affine(name: str, bias: str, layer: Layer, scale: Any, signal: Signal) -> Signal:
            W = self.param(name, law.weights, layer.shape, x.dtype)
            a = scale * layer(W, signal[0])
            if self.bias:
                B = self.param(bias, law.biases, layer.fan_in, layer.shape[-1], x.dtype)
                a = a + jnp.broadcast_to(B, a.shape)
            # stored on request, else free
            self.sow("intermediates", f"a{name.removeprefix('W')}", a)
            return (a,)

        (f,) = self.through((x,), affine, lambda signal: (self.activation(*signal),), pad)
        return f[..., 0] if self.c == 1 else f

    def anchors(self, w: Params, x: Num[Array, "P *d"], pad: Pad | None = None) -> tuple[Any, ...]:
        """The parts of `difference` that depend on w and x alone, in the order of the layers.

        The input z [P, ...] of each layer, and (a, `Activation.anchor` of a) of each nonlinearity.
        """
        found: list[Any] = []
        w = w["params"]

        def affine(name: str, bias: str, layer: Layer, scale: Any, signal: Signal) -> Signal:
            found.append(signal[0])
            a = scale * layer(w[name], signal[0])
            return (a + jnp.broadcast_to(w[bias], a.shape) if self.bias else a,)

        def phi(signal: Signal) -> Signal:
            found.append((*signal, self.activation.anchor(*signal)))
            return (self.activation(*signal),)

        self.through((inputs(self, x, self.axes, w["W1"]),), affine, phi, pad)
        return tuple(found)

    def difference(
        self,
        w: Params,
        dw: Params,
        x: Num[Array, "P *d"],
        pad: Pad | None = None,
        anchors: tuple[Any, ...] | None = None,
    ) -> Float[Array, "P *c"]:
        """f(w + dw, x) - f(w, x), carried layer by layer; relative error of order eps.

        z is that at w, and dz is propagated: da = c ((W + dW) dz + dW z) + dB, and dz' = phi(a +
        da) - phi(a) in the form of the activation that does not cancel. `anchors`, if known.
        """
        known = iter(self.anchors(w, x, pad) if anchors is None else anchors)
        w, dw = w["params"], dw["params"]

        def affine(name: str, bias: str, layer: Layer, scale: Any, signal: Signal) -> Signal:
            z, dW = next(known), dw[name]
            da = layer(dW, z)
            if name != "W1":  # the input of the network stays
                da = da + layer(w[name] + dW, *signal)
            da = scale * da
            return (da + jnp.broadcast_to(dw[bias], da.shape) if self.bias else da,)

        def phi(signal: Signal) -> Signal:
            a, anchor = next(known)
            return (self.activation.difference(a, signal[0], anchor),)

        (df,) = self.through((x,), affine, phi, pad)
        return df[..., 0] if self.c == 1 else df


class Chain(Layered):
    """A chain of `Layer`s; subclasses say which layers."""

    def layers(self, n_in: int) -> tuple[Layer, ...]:
        """The layers for inputs whose last axis has length `n_in`."""
        raise NotImplementedError

    def prefactors(self, n_in: int) -> list[float]:
        """Those of the L + 1 layers."""
        layers, of = self.layers(n_in), self.parametrisation.prefactor
        return [of(layer.fan_in, is_last=layer is layers[-1]) for layer in layers]

    def through(self, signal: Signal, affine: Affine, phi: Nonlinearity, pad: Pad | None) -> Signal:
        n_in = signal[0].shape[-1]
        layers, scales = self.layers(n_in), pad.scales if pad else self.prefactors(n_in)
        if len(scales) != len(layers):
            raise BadInput(f"a pad for {len(scales) - 1} hidden layers does not fit here")
        for i, (layer, scale) in enumerate(zip(layers, scales, strict=True), start=1):
            signal = affine(f"W{i}", f"B{i}", layer, scale, signal)
            if i < len(layers):
                signal = phi(signal)
                # phi(0) may not be 0. The mask stops the gradient of weights into a padded neuron;
                # those out of it have none because z = 0.
                if pad:
                    signal = tuple(z * jnp.broadcast_to(pad.masks[i - 1], z.shape) for z in signal)
        return signal

    def preactivations(self, w: Params, x: Array, *pad: Pad) -> tuple[Array, ...]:
        """What enters the nonlinearity of each hidden layer, [P, h] or [P, H, W, h]."""
        _, seen = self.apply(w, x, *pad, mutable=["intermediates"])
        layers: Any = seen["intermediates"]
        return tuple(layers[f"a{i}"][0] for i in range(1, len(layers)))


def inputs(net: object, x: Any, axes: int, W: Array | None) -> Array:
    """x in the precision of the weights W; before there are any, in floating point."""
    x = jnp.asarray(as_float(x, "the inputs", dtype=None if W is None else W.dtype))
    if x.ndim != axes:
        kind = "vectors [P, d]" if axes == 2 else "images [P, height, width, channels]"
        raise BadInput(
            f"{type(net).__name__} takes {kind}, not inputs of shape {list(x.shape)}: reshape them,"
            " or choose another architecture"
        )
    if W is not None and x.shape[-1] != W.shape[-2]:
        of = "dimension" if axes == 2 else "channels"
        raise BadInput(
            f"these weights are for inputs of {W.shape[-2]} {of}, not of {x.shape[-1]}: give others"
        )
    return x


def chain(net: object) -> Chain:
    """The network, if it is a chain of layers, else BadInput."""
    if not isinstance(net, Chain):
        raise BadInput(f"{type(net).__name__} is not one of the chains of layers: choose FC or CNN")
    return net


class FC(Chain):
    """Fully connected, `L` hidden layers of width `h` (or one width for each); `c` outputs.

    By default relu, NTP, no biases.

    Example:
        >>> net = jamming.FC(h=30, L=2)
        >>> w0 = net.init(jax.random.key(0), jnp.ones((1, 10)))
        >>> net.apply(w0, jnp.ones((5, 10))).shape
        (5,)
    """

    h: int | tuple[int, ...] = 100
    L: int = 3

    def __post_init__(self) -> None:
        widths = wholes("h", self.h)
        self.h = widths if np.ndim(self.h) else widths[0]
        self.L = whole("L", self.L)
        super().__post_init__()

    def layers(self, n_in: int) -> tuple[Layer, ...]:
        widths = (self.h,) * self.L if isinstance(self.h, int) else self.h
        if len(widths) != self.L:
            raise BadInput(f"FC needs a width for each hidden layer, not h={self.h}, L={self.L}")
        return tuple(Layer(shape) for shape in itertools.pairwise((n_in, *widths, self.c)))


# of a convolutional network of L hidden layers: 4 and 3 of the papers, the others for small images
STRIDES = {1: (2,), 2: (2, 2), 3: (2, 2, 2), 4: (2, 1, 2, 1)}


class CNN(Chain):
    """Strided convolutions of `h` channels each, spatial mean, linear read-out.

    The defaults are the network of *Disentangling feature and lazy training*, sec. 4 (kernel and
    padding as in the authors' code). ``strides=(2, 2, 2)`` with ``plain("xavier")``, biases and
    c = 10 is the three-layer network of *Scaling description of generalization*, which does not
    state strides and kernel sizes.

    Example:
        >>> net = jamming.CNN(h=4, strides=(2, 2))
        >>> w0 = net.init(jax.random.key(0), jnp.ones((1, 8, 8, 1)))
        >>> net.apply(w0, jnp.ones((5, 8, 8, 1))).shape
        (5,)
    """

    h: int = 16
    strides: tuple[int, ...] = STRIDES[4]
    kernel: int = 5
    padding: int = 1
    axes: ClassVar[int] = 4

    def __post_init__(self) -> None:
        self.h = whole("h", self.h)
        self.strides = some("strides", wholes("strides", self.strides))
        self.kernel = whole("kernel", self.kernel)
        self.padding = whole("padding", self.padding, least=0)
        super().__post_init__()

    def layers(self, n_in: int) -> tuple[Layer, ...]:
        k, layers = self.kernel, []
        for stride in self.strides:
            layers.append(Layer((k, k, n_in, self.h), stride, self.padding))
            n_in = self.h
        return (*layers, Layer((self.h, self.c)))
