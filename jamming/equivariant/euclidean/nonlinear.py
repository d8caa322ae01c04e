"""Nonlinearities and batch normalisation of fields: what turns with a field must not be clipped.

Channels that do not turn have any activation. A field f that turns is multiplied by an invariant,

    gate    f sigmoid(g), with a channel g of its own, from the same convolution;
    norm    f phi(|f| - beta) / |f|, with a learnt beta > 0;
    tensor  (f x g)_l, the part of order l of its product with a field g of order 2 of its own,

(M. Weiler, M. Geiger, M. Welling, W. Boomsma & T. Cohen, *3D steerable CNNs*, NeurIPS 2018, sec.
4.2 and 4.4). A convolution gives `before(kind, fields)`, of which `after` makes `fields`.
"""

import math
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import one_of
from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean.irreps import clebsch_gordan, irreps, library
from jamming.models.classic.parts import BatchNorm, follow

KINDS = ("gate", "norm", "tensor")
TINY = 1e-12  # beneath the root of a squared norm, whose slope at 0 is infinite


def turns(ir: Any, reflections: bool = False) -> bool:
    """Whether an irrep is not the trivial one; without reflections parities do not count."""
    return bool(ir.l > 0 or (reflections and ir.p < 0))


def before(kind: Any, fields: Any, reflections: bool = False) -> Any:
    """The stack that a convolution gives for a nonlinearity: `fields`, and what multiplies them."""
    kind, found = one_of("nonlinearity", kind, KINDS), irreps(fields)
    turning = [(n, ir) for n, ir in found if turns(ir, reflections)]
    if kind == "norm" or not turning:
        return found
    second = [(n, (2 * (kind == "tensor" and ir.l > 0), 1)) for n, ir in turning]
    return library().Irreps([*found, *second])


def after(
    kind: str,
    a: Float[Array, "*batch C"],
    fields: Any,
    phi: Callable[[Array], Array],
    betas: Float[Array, " turning"] | None = None,
    reflections: bool = False,
) -> Float[Array, "*batch M"]:
    """The nonlinearity of channels `before(kind, fields)`; `betas` > 0 of the norm alone.

    Raises:
        BadInput: for other numbers of channels or betas
    """
    found = irreps(fields)
    parts = split(a, before(kind, found, reflections))
    first, second = parts[: len(found)], iter(parts[len(found) :])
    betas = jnp.zeros(0) if betas is None else betas
    if kind == "norm" and betas.shape != (n := turning(found, reflections),):
        raise BadInput(f"betas are [{n}], one for each field that turns, not {list(betas.shape)}")
    out, used = [], 0
    for f, (n, ir) in zip(first, found, strict=True):
        if not turns(ir, reflections):
            f = phi(f)
        elif kind == "norm":
            size = jnp.sqrt(jnp.square(f).sum(-1) + TINY)
            over = size - jnp.broadcast_to(betas[used : used + n], size.shape)
            f = f * (jax.nn.relu(over) / size)[..., None]
            used += n
        elif kind == "gate" or ir.l == 0:
            g = next(second)
            f = f * (jax.nn.sigmoid(g) if kind == "gate" else g)
        else:
            C = math.sqrt(2 * ir.l + 1) * clebsch_gordan(ir.l, 2, ir.l)
            f = jnp.einsum("...i,...j,ijk->...k", f, next(second), jnp.asarray(C, a.dtype))
        out.append(f.reshape(*f.shape[:-2], -1))
    return jnp.concatenate(out, -1)


def turning(fields: Any, reflections: bool = False) -> int:
    """How many fields turn."""
    return sum(n for n, ir in irreps(fields) if turns(ir, reflections))


def split(z: Float[Array, "*batch C"], fields: Any) -> list[Float[Array, "*batch n m"]]:
    """The fields of each irrep, [..., copies, 2 l + 1]; BadInput for other numbers of channels."""
    found = irreps(fields)
    if z.shape[-1] != found.dim:
        raise BadInput(f"{found} has {found.dim} channels, not {z.shape[-1]}: give these")
    parts, at = [], 0
    for n, ir in found:
        parts.append(z[..., at : at + n * ir.dim].reshape(*z.shape[:-1], n, ir.dim))
        at += n * ir.dim
    return parts


class FieldNorm(nn.Module):
    """Batch normalisation of fields [P, X, Y, Z, C]: invariant channels as usual, others by norms.

    A field that turns is divided by the root of the mean of |f|^2 over the batch and all places:
    it is shifted by nothing, which would have a direction. `batch` and `update` as of
    `jamming.models.classic.parts.BatchNorm`.
    """

    fields: Any
    reflections: bool = False
    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        self.fields = str(irreps(self.fields))
        super().__post_init__()

    @nn.compact
    def __call__(
        self, z: Float[Array, "P *d C"], *, batch: bool = False, update: bool = False
    ) -> Float[Array, "P *d C"]:
        found = irreps(self.fields)
        shape = (turning(found, self.reflections),)
        square = self.variable("batch_stats", "square", jnp.ones, shape, z.dtype)
        parts, squares, used = [], [], 0
        for i, (f, (n, ir)) in enumerate(zip(split(z, found), found, strict=True)):
            if not turns(ir, self.reflections):
                norm = BatchNorm(self.momentum, self.epsilon, name=f"bn{i}")
                g = norm(f.reshape(*z.shape[:-1], n), batch=batch, update=update)
            else:
                of = square.value[used : used + n]
                if batch:
                    of = jnp.square(f).sum(-1).mean(tuple(range(z.ndim - 1)))
                squares.append(of)
                g = jnp.einsum("...nm,n->...nm", f, jax.lax.rsqrt(of + self.epsilon))
                used += n
            parts.append(g.reshape(*z.shape[:-1], -1))
        if batch and update and squares:
            follow(self, {square: jnp.concatenate(squares)}, self.momentum)
        return jnp.concatenate(parts, -1)
