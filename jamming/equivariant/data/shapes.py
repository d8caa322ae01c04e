"""Primitive shapes of random proportions, as meshes: a small stand-in for shapes that people make.

Each lies with its axis along z, about its centre, within the sphere of radius 1 (`meshes.centred`).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.arguments import one_of, whole
from jamming.equivariant.data.meshes import Mesh, centred, hull

ROUND = 24  # points of a circle
DOTS = 120  # vertices of an ellipsoid


def shape(name: Any, rng: np.random.Generator) -> Mesh:
    """One of `SHAPES` with random proportions; BadInput for another name."""
    return centred(SHAPES[one_of("shape", name, SHAPES)](rng))


def shapes(n: Any, seed: Any) -> tuple[list[Mesh], Int[np.ndarray, " n"]]:
    """n meshes, and which of `SHAPES` each is, which come in turn."""
    rng = np.random.default_rng(whole("seed", seed, least=0))
    y = np.arange(whole("shapes", n)) % len(SHAPES)
    names = tuple(SHAPES)
    return [shape(names[i], rng) for i in y], y


def _ellipsoid(rng: np.random.Generator) -> Mesh:
    i = np.arange(DOTS) + 0.5
    z, phi = 1 - 2 * i / DOTS, np.pi * (1 + 5**0.5) * i  # Fibonacci's spiral
    r = np.sqrt(1 - z**2)
    x = np.stack([r * np.cos(phi), r * np.sin(phi), z], -1)
    return hull(x * rng.uniform(0.5, 1, 3))


def _box(rng: np.random.Generator) -> Mesh:
    corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 3), -1).reshape(-1, 3)
    return hull(corners * rng.uniform(0.4, 1, 3))


def _cylinder(rng: np.random.Generator) -> Mesh:
    r, h = rng.uniform(0.4, 1, 2)
    return hull(np.concatenate([_circle(r, z) for z in (-h, h)]))


def _cone(rng: np.random.Generator) -> Mesh:
    r, h = rng.uniform(0.5, 1), rng.uniform(1, 2)
    return hull(np.concatenate([_circle(r, 0.0), [[0.0, 0.0, h]]]))


def _torus(rng: np.random.Generator) -> Mesh:
    thick, around = rng.uniform(0.2, 0.5), ROUND // 2
    ring, tube = (2 * np.pi * np.arange(n) / n for n in (ROUND, around))
    r, z = 1 + thick * np.cos(tube), thick * np.sin(tube)
    x = np.stack(
        [
            np.cos(ring)[:, None] * r,
            np.sin(ring)[:, None] * r,
            np.broadcast_to(z, (ROUND, around)),
        ],
        -1,
    )
    i, j = np.meshgrid(np.arange(ROUND), np.arange(around), indexing="ij")
    # corners of the quadrangle at (i, j), counterclockwise from outside
    a, b, c, d = (
        ((i + di) % ROUND * around + (j + dj) % around).ravel()
        for di, dj in ((0, 0), (1, 0), (1, 1), (0, 1))
    )
    return Mesh(x.reshape(-1, 3), np.concatenate([np.stack(t, -1) for t in ((a, b, c), (a, c, d))]))


def _tetrahedron(rng: np.random.Generator) -> Mesh:
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float)
    return hull(corners * rng.uniform(0.6, 1, (4, 1)))


def _circle(r: float, z: float) -> Float[np.ndarray, "n 3"]:
    phi = 2 * np.pi * np.arange(ROUND) / ROUND
    return np.stack([r * np.cos(phi), r * np.sin(phi), np.full(ROUND, z)], -1)


SHAPES: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "ellipsoid": _ellipsoid,
    "box": _box,
    "cylinder": _cylinder,
    "cone": _cone,
    "torus": _torus,
    "tetrahedron": _tetrahedron,
}
