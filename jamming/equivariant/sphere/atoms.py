"""A network of sets of atoms, each of which is a signal on a sphere about it.

Spherical correlations forget how the molecule is turned, and a sum over atoms their order
(T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR 2018, sec. 5.4, with the
DeepSets of M. Zaheer et al., 2017).
"""

import math
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere.spherical import SphereNet


class AtomsNet(nn.Module):
    """A `SphereNet` with so many `features` of each atom, their sum over atoms, a hidden layer.

    `apply`(variables, (spheres [P, N, 2 b, 2 b - 1, C], present [P, N])) are numbers [P]; `present`
    is 1 where there is an atom, and 0 where what is on the sphere does not count.
    """

    bandwidths: tuple[int, ...] = (3, 2)
    channels: tuple[int, ...] = (10, 20)
    grids: tuple[int, ...] | None = None
    most: float = math.pi / 2
    features: int = 40
    hidden: int = 40

    @nn.compact
    def __call__(self, x: tuple[Any, Any]) -> Float[Array, " P"]:
        if not isinstance(x, tuple | list) or len(x) != 2:
            raise BadInput("inputs are a pair: spheres [P, N, 2 b, 2 b - 1, C] and present [P, N]")
        spheres, present = map(jnp.asarray, x)
        if spheres.ndim != 5 or present.shape != spheres.shape[:2]:
            raise BadInput(
                f"spheres {list(spheres.shape)} and present {list(present.shape)}: give"
                " [P, N, 2 b, 2 b - 1, C] and [P, N]"
            )
        of_atoms = SphereNet(
            bandwidths=self.bandwidths,
            channels=self.channels,
            grids=self.grids,
            most=self.most,
            classes=self.features,
        )
        z = jax.nn.relu(of_atoms(spheres.reshape(-1, *spheres.shape[2:])))
        z = z.reshape(*present.shape, -1) * present[..., None]
        z = jax.nn.relu(nn.Dense(whole("hidden", self.hidden))(z.sum(1)))
        return nn.Dense(1)(z)[:, 0]
