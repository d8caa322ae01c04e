"""The network of an `ImageJob`: made, checked against its images, with variables at the start."""

import functools
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array

from jamming.checks.arrays import as_outputs
from jamming.checks.errors import BadInput
from jamming.data.pictures import Pictures
from jamming.execution.programs import quickly
from jamming.models.accepted import usable
from jamming.models.own import Network
from jamming.objectives.classification import at_start, in_training, in_use, is_told
from jamming.training.custom import called, tried
from jamming.training.images import ImageJob

KNOWN = {"params", "batch_stats"}


def module_of(job: ImageJob, net: Any, classes: int) -> Any:
    """The network of a job: that of its name, an own one, or what an own function makes of it."""
    if net is None:
        return job.module(classes)
    if not isinstance(net, Network | nnx.Module | type) and callable(net):
        net = called("the network of a job cannot be made", net, job)
    if isinstance(net, tuple | nnx.Module):
        raise BadInput(
            f"classes of images are learnt by Linen modules, and a {type(net).__name__} is none:"
            " give one, or train +-1 labels by jamming.train, which takes networks of any kind"
        )
    return usable(net)


def start_of(net: Any, job: ImageJob, shape: tuple[int, ...]) -> dict[str, Any]:
    """Its variables at the start, for images of this shape, in the precision of the job."""
    x = jnp.zeros((1, *shape), job.dtype)
    # a module of Flax draws float32, whatever its inputs, unless it says otherwise
    return {
        kind: jax.tree.map(lambda a: a.astype(job.dtype), part)
        for kind, part in _init(net, job.init_key(), x).items()
    }


def given_start(start: Any, net: Any, job: ImageJob, shape: tuple[int, ...]) -> Mapping[str, Any]:
    """The variables `start`(job), in the precision of the job.

    Raises BadInput where `start` fails, or they have not the shapes of those of the network.
    """
    x = jax.ShapeDtypeStruct((1, *shape), job.dtype)
    own = jax.eval_shape(lambda key, x: at_start(net, key, x), job.init_key(), x)
    found = called("the variables at the start cannot be made", start, job)
    shapes = [
        {jax.tree_util.keystr(path): np.shape(leaf) for path, leaf in leaves}
        for leaves in map(jax.tree_util.tree_leaves_with_path, (own, found))
    ]
    if shapes[0] != shapes[1]:
        differ = sorted(
            name
            for name in {**shapes[0], **shapes[1]}
            if shapes[0].get(name) != shapes[1].get(name)
        )
        raise BadInput(
            f"variables at the start differ in shape from those of {type(net).__name__} for images"
            f" of {list(shape)}: {', '.join(differ[:3])}; give those of the same network"
        )
    given: Mapping[str, Any] = jax.tree.map(lambda leaf: jnp.asarray(leaf, job.dtype), found)
    return given


def usable_for(net: Any, job: ImageJob, images: Pictures) -> None:
    """Refuse a network that cannot learn these images; found from shapes.

    Raises BadInput where it cannot be initialised or applied, in training or in use, has other
    variables than params and batch_stats, no logits of all classes, or, an own one, logits of an
    image that depend on others in use.
    """
    name, shape = type(net).__name__, (2, *images.pixels.shape[1:])
    x, key = jax.ShapeDtypeStruct(shape, job.dtype), job.init_key()
    given = f"images of shape {list(shape[1:])}"
    told = is_told(net)
    variables = tried(
        f"{name} cannot be initialised for {given}", lambda key, x: at_start(net, key, x), key, x
    )
    if not isinstance(variables, Mapping) or not variables.get("params"):
        raise BadInput(f"{name} has no params: there is nothing to train")
    if others := sorted(set(variables) - KNOWN):
        raise BadInput(
            f"{name} has variables {', '.join(others)}: give params and batch_stats alone"
        )
    if "batch_stats" in variables and not told:
        raise BadInput(f"{name} has batch_stats and no argument `train`: its __call__ needs one")

    def both(variables: Any, x: Array) -> Any:
        F, new = in_training(net, variables, x, key)
        return as_outputs(F), as_outputs(in_use(net, variables, x)), new

    *logits, new = tried(f"{name} cannot be applied to {given}", both, variables, x)
    for F in logits:
        if F.shape != (2, images.classes) or not jnp.issubdtype(F.dtype, jnp.floating):
            raise BadInput(
                f"{name} gives {F.dtype}{list(F.shape)} for 2 images, where logits [2,"
                f" {images.classes}] of the {images.classes} classes are meant"
            )
    structure: Any = jax.tree.structure(new)
    if structure != jax.tree.structure(dict(variables.get("batch_stats", {}))):
        raise BadInput(f"{name} makes other batch_stats in training than when it is initialised")
    if job.label:
        _alone(net, job, images)


def _alone(net: Any, job: ImageJob, images: Pictures) -> None:
    """Refuse logits in use that depend on the other images of the batch."""
    x = jnp.asarray(images.pixels[:2], job.dtype)
    x = x / jnp.maximum(1, jnp.abs(x).max())
    variables = start_of(net, job, x.shape[1:])
    apply = jax.jit(lambda x: in_use(net, variables, x))
    together, alone = np.asarray(apply(x))[0], np.asarray(apply(x[:1]))[0]
    if np.abs(together - alone).max() > 1e-2 * np.abs(together).max():
        raise BadInput(
            f"the logits of {type(net).__name__} for one image depend on the others of the batch"
            " when it is used: make them a function of each image alone"
        )


@functools.partial(quickly, static_argnums=0)
def _init(net: Any, key: Array, x: Array) -> Any:
    return at_start(net, key, x)
