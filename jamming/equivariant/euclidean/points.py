"""Networks of point clouds: messages between points, whose filters turn as harmonics do.

A point i has a field f_i in a stack of irreps of O(3), and hears of each point j within reach

    g_i = sum over j of sum over J of R_J(|r|) C^{l J j} (f_j x Y^J(r / |r|)),     r = x_j - x_i,

with learnt radial functions R, sums of a few bumps that fall to 0 at the reach, and coefficients of
Clebsch and Gordan (N. Thomas, T. Smidt, S. Kearnes, L. Yang, L. Li, K. Kohlhoff & P. Riley, *Tensor
field networks*, 2018; M. Geiger & T. Smidt, *e3nn: Euclidean neural networks*, 2022). So plain
filters W [bumps, harmonics, C, M] are restricted to those that commute with rotations and
reflections (`filters`). Messages depend on differences and are sums: they commute with translations
and permutations of the points, too. Conventions are those of `irreps`.
"""

import math
from dataclasses import dataclass
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import number, one_of, settle, shown, some, whole, wholes
from jamming.checks.arrays import as_float, shaped
from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean import nonlinear
from jamming.equivariant.euclidean.irreps import clebsch_gordan, irreps, library, order

SYMMETRIES = ("O(3)", "none")


@dataclass(frozen=True)
class Around:
    """What a point sees of others: as far as `reach`, by `bumps` in distance, and J <= `highest`.

    Sums over points are divided by the root of `many`, about the number within reach.

    Raises BadInput for values out of range.
    """

    reach: Any = 2.5
    bumps: Any = 4
    highest: Any = 2
    many: Any = 4

    def __post_init__(self) -> None:
        values = {
            "reach": number("reach", self.reach, above=0.0, most=1e6),
            "bumps": whole("bumps", self.bumps, most=100),
            "highest": order(self.highest),
            "many": number("many", self.many, above=0.0, most=1e9),
        }
        settle(self, values)

    @property
    def harmonics(self) -> int:
        """Their number."""
        return (self.highest + 1) ** 2

    def weights(self, x: Float[Array, "P n 3"]) -> Float[Array, "P n n bumps harmonics"]:
        """What a point i sees of j: a bump of the distance times a harmonic, [P, i, j, ...]."""
        r = x[:, None] - x[:, :, None]  # [P, i, j] of x_j - x_i
        square = jnp.square(r).sum(-1)
        distance = jnp.sqrt(jnp.where(square > 0, square, 1)) * (square > 0)
        at = np.arange(self.bumps) * self.reach / self.bumps
        off = jnp.stack([distance - middle for middle in at.tolist()], -1)
        bump = jnp.exp(-((off * self.bumps / self.reach) ** 2))
        fall = (1 + jnp.cos(math.pi * jnp.minimum(distance / self.reach, 1))) / 2
        Y = library().spherical_harmonics(
            irreps((1,) * (self.highest + 1)), r, normalize=True, normalization="norm"
        )
        bump = bump * fall[..., None] / math.sqrt(self.many)
        return bump[..., None] * Y.array[..., None, :]


def paths(to: Any, of: Any, around: Around) -> list[tuple[int, int, int]]:
    """(block of `to`, block of `of`, J) from which an equivariant filter is made."""
    return [
        (a, b, J)
        for a, (_, j) in enumerate(irreps(to))
        for b, (_, l) in enumerate(irreps(of))  # noqa: E741
        for J in range(abs(j.l - l.l), min(j.l + l.l, around.highest) + 1)
        if j.p == l.p * (-1) ** J
    ]


def count(to: Any, of: Any, around: Around) -> int:
    """The number of weights of `filters`."""
    n, m = ([mul for mul, _ in irreps(each)] for each in (to, of))
    return around.bumps * sum(n[a] * m[b] for a, b, _ in paths(to, of, around))


def filters(
    w: Float[Array, " weights"], to: Any, of: Any, around: Around
) -> Float[Array, "bumps harmonics C M"]:
    """Equivariant filters from fields `of` to fields `to`, of `count` weights.

    Independent weights of variance 1 give outputs of about the variance of the inputs.

    Raises:
        BadInput: for another number of weights, and outputs to which no path leads
    """
    due = count(to, of, around)
    if w.shape != (due,):
        raise BadInput(f"there are {due} weights, not {list(w.shape)}: give [{due}]")
    into, each, at, columns = irreps(of), paths(to, of, around), 0, []
    for a, (n, j) in enumerate(irreps(to)):
        orders = [[J for *pair, J in each if pair == [a, b]] for b in range(len(into))]
        if not any(orders):
            raise BadInput(f"no path leads from {of} to {j}: it would be 0; leave it out")
        # two for the gates; about one bump is felt at a distance
        scale = math.sqrt(
            2 * j.dim / sum(ir.mul * len(Js) for ir, Js in zip(into, orders, strict=True))
        )
        blocks = []
        for (m, l), Js in zip(into, orders, strict=True):  # noqa: E741
            C = np.zeros((len(Js), l.dim, around.harmonics, j.dim))
            for p, J in enumerate(Js):
                unit = scale * math.sqrt(2 * J + 1)
                C[p, :, J**2 : (J + 1) ** 2] = unit * clebsch_gordan(l.l, J, j.l)
            size = around.bumps * len(Js) * m * n
            part = w[at : at + size].reshape(around.bumps, len(Js), m, n)
            at += size
            block = jnp.einsum("rpcm,plhj->rhclmj", part, jnp.asarray(C, w.dtype))
            blocks.append(block.reshape(around.bumps, around.harmonics, m * l.dim, n * j.dim))
        columns.append(jnp.concatenate(blocks, 2))
    return jnp.concatenate(columns, 3)


def messages(
    W: Float[Array, "bumps harmonics C M"],
    seen: Float[Array, "P n n bumps harmonics"],
    f: Float[Array, "P n C"],
) -> Float[Array, "P n M"]:
    """g_i = sum over j of W applied to what i sees of j and to f_j."""
    P, n = f.shape[:2]
    to = seen.transpose(0, 1, 3, 4, 2).reshape(P, -1, n)  # [P, i bumps harmonics, j]
    heard = (to @ f).reshape(P * n, -1)
    return (heard @ W.reshape(-1, W.shape[-1])).reshape(P, n, -1)


class PointNet(nn.Module):
    """Layers of messages from scalars 1 to logits [P, classes]: the mean over points of the last.

    Args:
        classes: number of logits
        fields: those of the hidden layers, as text, which have gates
        mirrored: pairs of classes that are mirror images of each other. Their logits are a + b and
            a - b, with b odd under reflections ("0o"); those of the others are even, "0e"
        symmetry: "O(3)"; or "none", with plain filters of as many channels as the fields have
            components, biases and relu
        around: what points see of each other

    Weights ~ N(0, 1) and biases 0, scaled as in `filters`. Logits do not change when points are
    turned, shifted or exchanged; when they are reflected, those of mirrored classes are exchanged.
    Without `mirrored` a network cannot tell a cloud from its mirror image.
    """

    classes: int
    fields: tuple[Any, ...] = ("16x0e+4x1o+4x2e", "16x0e+4x1e+4x1o+4x2e")
    mirrored: tuple[tuple[int, int], ...] = ()
    symmetry: str = "O(3)"
    around: Around = Around()

    def __post_init__(self) -> None:
        self.classes = whole("classes", self.classes)
        self.symmetry = one_of("symmetry", self.symmetry, SYMMETRIES)
        if not isinstance(self.around, Around):
            raise BadInput(f"around is {shown(self.around)}: give Around(reach=..., ...)")
        self.fields = tuple(str(irreps(each)) for each in some("fields", tuple(self.fields)))
        pairs = [wholes("mirrored", pair, least=0) for pair in self.mirrored]
        each = [c for pair in pairs for c in pair]
        if any(len(pair) != 2 for pair in pairs) or len(set(each)) < len(each):
            raise BadInput("mirrored are pairs of two classes, each class in one at most")
        if each and max(each) >= self.classes:
            raise BadInput(f"mirrored has class {max(each)}, of {self.classes}: count from 0")
        self.mirrored = tuple((a, b) for a, b in pairs)
        super().__post_init__()

    @nn.compact
    def __call__(self, x: Any) -> Float[Array, "P classes"]:
        x = jnp.asarray(shaped(as_float(x, "points"), "points", "P", "n", 3))
        if not x.size:
            raise BadInput(
                f"points have shape {list(x.shape)}: give one cloud, of one point, at least"
            )
        seen = self.around.weights(x)
        f, of = jnp.ones((*x.shape[:2], 1), x.dtype), "1x0e"
        for i, to in enumerate(self.fields):
            if self.symmetry == "none":
                f = jax.nn.relu(self._plain(f"W{i + 1}", seen, f, irreps(to).dim))
                continue
            gated = str(nonlinear.before("gate", to, True))
            f = self._steered(f"W{i + 1}", seen, f, of, gated)
            f, of = nonlinear.after("gate", f, to, jax.nn.relu, reflections=True), to
        if self.symmetry == "none":
            return self._plain("out", seen, f, self.classes).mean(1)
        odd = len(self.mirrored)
        last = f"{self.classes - odd}x0e" + f"+{odd}x0o" * (odd > 0)
        return self._steered("out", seen, f, of, last).mean(1) @ self._logits(x.dtype)

    def _steered(self, name: str, seen: Array, f: Array, of: str, to: str) -> Array:
        w = self.param(
            name, nn.initializers.normal(1.0), (count(to, of, self.around), 1), seen.dtype
        )
        return messages(filters(w[:, 0], to, of, self.around), seen, f)

    def _plain(self, name: str, seen: Array, f: Array, M: int) -> Array:
        shape = self.around.bumps, self.around.harmonics, f.shape[-1], M
        W = self.param(name, nn.initializers.normal(1.0), shape, seen.dtype)
        scale = math.sqrt(2 / ((self.around.highest + 1) * f.shape[-1]))
        b = self.param(f"{name}_bias", nn.initializers.zeros, (M,), seen.dtype)
        return messages(scale * W, seen, f) + jnp.reshape(b, (1, 1, M))

    def _logits(self, dtype: Any) -> Float[np.ndarray, "outputs classes"]:
        """From the even outputs, one a class or pair, and the odd ones, one a pair."""
        of = np.zeros((self.classes, self.classes))
        second = {b: (a, i) for i, (a, b) in enumerate(self.mirrored)}
        evens = [c for c in range(self.classes) if c not in second]
        for row, c in enumerate(evens):
            of[row, c] = 1
        for b, (a, i) in second.items():
            of[evens.index(a), b] = 1
            of[len(evens) + i, [a, b]] = 1, -1
        return of.astype(dtype)
