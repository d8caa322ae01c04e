"""Convolutions that are equivariant to quarter turns and reflections of images: p4, p4m.

Their fields have a value at each pixel u and each element h of a point group (regular fields). An
image is filtered by every turned copy of a filter, and such fields by filters that are turned in
space while the elements are permuted,

    z(u, h) = sum over u', h' of psi(h^-1 (u' - u), h^-1 h') f(u', h')

(T. Cohen & M. Welling, *Group equivariant convolutional networks*, 2016). On a grid of pixels this
is exact, but for strides on sides where they begin at one border and do not end at the other.
"""

import functools
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jamming.checks.arguments import flag, one_of, shown, some, whole, wholes
from jamming.checks.errors import BadInput
from jamming.equivariant.finite.groups import Group, point_group
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.classic.parts import Affine, BatchNorm, pool
from jamming.models.convolution import convolve
from jamming.models.networks import Layer

SQUARE = ("p1", "p2", "p4", "pm", "p4m")  # point groups of a square of pixels


@functools.cache
def square(name: str) -> tuple[Group, Int[np.ndarray, "n 2 2"]]:
    """One of `SQUARE` as a group, and its matrices on (row, column)."""
    return point_group(one_of("symmetry", name, SQUARE))


def moved(
    x: Float[Array, "*batch H V C"], h: Int[np.ndarray, "2 2"]
) -> Float[Array, "*batch H V C"]:
    """[h x](u) = x(h^-1 u), with u from the middle of the image: turned, reflected.

    BadInput for images that are not square, and matrices that do not permute their pixels.
    """
    n, h = x.shape[-2], np.asarray(h)
    if h.shape != (2, 2) or not np.array_equal(np.rint(h), h) or (h @ h.T != np.eye(2)).any():
        raise BadInput(f"{shown(h.tolist())} does not permute pixels: give one of square(name)[1]")
    h = h.astype(int)
    if x.shape[-3] != n:
        raise BadInput(f"an image of {x.shape[-3]}x{n} cannot be turned: give square ones")
    u = np.indices((n, n)) * 2 - (n - 1)
    rows, columns = (np.einsum("ij,jrc->irc", h.T, u) + n - 1) // 2  # h is orthogonal
    return x[..., rows, columns, :]


def moved_field(
    z: Float[Array, "*batch H H n C"], g: int, name: str
) -> Float[Array, "*batch H H n C"]:
    """[g z](u, h) = z(g^-1 u, g^-1 h), of a regular field of a symmetry."""
    G, matrices = square(name)
    g = whole("element", g, least=0, most=len(G) - 1)
    if z.shape[-2] != len(G):
        raise BadInput(f"a regular field of {name} has {len(G)} elements, not {z.shape[-2]}")
    back = G.table[G.inverse[g]]
    flat = z.reshape(*z.shape[:-2], -1)
    return moved(flat, matrices[g]).reshape(z.shape)[..., back, :]


@dataclass(frozen=True)
class Grouped(Layer):
    """Fields [P, H, V, m C] to [P, H', V', n K], by W of the shape (k, k, m, C, K).

    m is the number n of elements of `symmetry`, or 1 for images.
    """

    symmetry: str = "p4"

    def __call__(self, W: Array, z: Array) -> Array:
        G, matrices = square(self.symmetry)
        k, _, m, C, _ = W.shape
        flat = W.reshape(k, k, -1)
        turned = [moved(flat, h).reshape(W.shape) for h in matrices]
        if m > 1:
            turned = [w[:, :, G.table[G.inverse[h]]] for h, w in enumerate(turned)]
        bank = jnp.stack(turned, 4)  # [k, k, m, C, n, K]
        return convolve(bank.reshape(k, k, m * C, -1), z, stride=self.stride, padding=self.padding)


class PlanarNet(Convolutional):
    """Convolutions 3x3 on regular fields of a symmetry, halved between, and a mean over all.

    Logits do not depend on how an image is turned, where its sides can be halved at each step
    (p4m: nor on reflections). `blocks` are the channels of each size of image, for each element;
    `symmetry` is one of `SQUARE`, p1 without any but translations, of about as many weights if
    `width` is the root of the number of elements. With ``average=False`` the mean is over pixels
    alone, and the network is equivariant no more.

    Layers: input, conv1_1 ... [P, H, V, n, C], average, logits.
    """

    symmetry: str = "p4m"
    blocks: tuple[tuple[int, ...], ...] = ((8, 8), (16, 16), (32,))
    average: bool = True

    def __post_init__(self) -> None:
        square(self.symmetry)
        self.blocks = tuple(
            wholes("channels of a block", block) for block in some("blocks", self.blocks)
        )
        self.average = flag("average", self.average)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        n = len(square(self.symmetry)[0])
        for i, block in enumerate(self.blocks, start=1):
            z = pool(z, "average", f"conv{i}_1") if i > 1 else z
            for j, channels in enumerate(block, start=1):
                name, m = f"conv{i}_{j}", 1 if i == j == 1 else n
                shape = (3, 3, m, z.shape[-1] // m, self.wide(channels))
                layer = Grouped(shape, padding=1, symmetry=self.symmetry)
                a = Affine(layer, self.parametrisation, bias=False, name=name)(z)
                a = a.reshape(*a.shape[:3], n, -1)  # one normalisation for all elements
                a = BatchNorm(name=f"{name}_bn")(a, batch=on.batch, update=on.train)
                z = on.record(name, self.activation(a)).reshape(*a.shape[:3], -1)
        z = z.reshape(*z.shape[:3], n, -1).mean((1, 2, 3) if self.average else (1, 2))
        return on.logits(on.record("average", z))
