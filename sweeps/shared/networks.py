"""Networks that a job cannot name: alpha f with f(w0) left in, and points of the abc family."""

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax.tree_util import tree_map
from jaxtyping import Array, Float

from jamming.checks.errors import BadInput
from jamming.models.networks import FC, Pad, Params
from jamming.models.parametrisation import abc
from jamming.models.reparametrised import Reparametrised
from jamming.objectives.predictor import Network
from jamming.training.spec import Job


class Uncentred(FC):
    """Under `jamming.objectives.predictor.Scaled` it learns alpha f: f(w0) stays in."""

    def difference(
        self, w: Params, dw: Params, x: Float[Array, "P *d"], pad: Pad | None = None
    ) -> Float[Array, "P *c"]:
        """f(w + dw, x), all of it."""
        given = () if pad is None else (pad,)
        outputs: Any = self.apply(tree_map(jnp.add, w, dw), x, *given)
        return outputs


@dataclass(frozen=True)
class ChangedNetwork:
    """From a job to its network: with f(w0) left in, or at the point `abc` of that family.

    Raises:
        BadInput: when called, with the job of a network that is not fully connected.
    """

    abc: str
    subtract: bool

    def __call__(self, job: Job) -> Network:
        net = job.network()
        if not isinstance(net, FC):
            raise BadInput("alpha f and the abc family are for fully connected networks here")
        if self.subtract:
            return Reparametrised(net, abc(self.abc, net.L))
        return Uncentred(
            h=net.h,
            L=net.L,
            activation=net.activation,
            parametrisation=net.parametrisation,
            bias=net.bias,
        )
