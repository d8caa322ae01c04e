"""The content of one image with the covariance of coefficients that another one has.

    argmin_x  |S x - S content|^2 / |S content|^2 + weight |C(x) - C(style)|^2 / |C(style)|^2

with C(x) the covariance of the coefficients S x over the positions of the grid, a matrix [paths,
paths]. S is a scattering transform in place of a trained network (L. A. Gatys, A. S. Ecker & M.
Bethge, *Image style transfer using convolutional neural networks*, 2016).

    >>> scattering = Scattering2D(J=2, shape=(32, 32))
    >>> x, losses = styled(content, texture, scattering)
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from jamming.checks.arguments import HUGE, number, whole
from jamming.checks.arrays import ArrayLike, finite
from jamming.wavelets.transforms import Transform


class Styled(NamedTuple):
    """The image, and both terms before each step and at the end [steps + 1], without the weight."""

    image: Float[Array, "*shape"]
    content: Float[Array, " steps_and_one"]
    style: Float[Array, " steps_and_one"]


def covariance(S: ArrayLike) -> Float[Array, "paths paths"]:
    """Of coefficients [paths, *grid] over the positions of the grid."""
    rows = jnp.asarray(S).reshape(len(S), -1)
    centred = rows - rows.mean(1, keepdims=True)
    return centred @ centred.T / rows.shape[1]


def styled(
    content: Any,
    style: Any,
    scattering: Transform,
    *,
    weight: Any = 1.0,
    steps: Any = 200,
    lr: Any = 0.05,
) -> Styled:
    """Descend from `content` by ADAM, to a rate of 0 along a cosine; see the module.

    `content` and `style` are signals of the shape of `scattering`; `lr` is in units of the standard
    deviation of `content`. BadInput for other shapes, NaN, and numbers out of range.
    """
    weight = number("weight", weight, least=0.0, most=HUGE)
    steps, lr = whole("steps", steps), number("lr", lr, above=0.0, most=HUGE)
    x, y = (jnp.asarray(finite(each, "images")) for each in (content, style))
    S, C = scattering(x), covariance(scattering(y))
    rule = optax.adam(optax.cosine_decay_schedule(lr * float(x.std()), steps))

    def terms(x: Array) -> tuple[Array, Array]:
        seen = scattering(x)
        apart, unlike = seen - S, covariance(seen) - C
        return (apart**2).sum() / (S**2).sum(), (unlike**2).sum() / (C**2).sum()

    def total(x: Array) -> tuple[Array, tuple[Array, Array]]:
        of_content, of_style = terms(x)
        return of_content + weight * of_style, (of_content, of_style)

    def step(state: Any, _: None) -> tuple[Any, tuple[Array, Array]]:
        x, moments = state
        slope, found = jax.grad(total, has_aux=True)(x)
        update, moments = rule.update(slope, moments, x)
        return (optax.apply_updates(x, update), moments), found

    (image, _), along = jax.jit(lambda x: jax.lax.scan(step, (x, rule.init(x)), None, steps))(x)
    ends = terms(image)
    of_content, of_style = (jnp.append(a, b) for a, b in zip(along, ends, strict=True))
    return Styled(image, of_content, of_style)
