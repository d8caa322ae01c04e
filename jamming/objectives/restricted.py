"""A loss landscape of some parameters of a network alone, the others held where they are.

`restricted(problem, v, of)` is a `Problem` like any other, so that all that is known of a whole
network is known of a layer, too: `split`, `gauss_newton`, `fisher`, spectra by Lanczos, `ntk`. The
Hessian of the restricted problem is the block of the whole one on these parameters:

    split(*restricted(problem, v, "W2")).H            # the block of the second layer
    extremes(Hessian(*restricted(problem, v, ["W*"])), 3, key)   # of all weights, without biases
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import jax
from jaxtyping import Array, Float

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput, described
from jamming.models.networks import Params
from jamming.models.weights import parameter_names as parameter_names
from jamming.objectives.predictor import Predictor, Pullback
from jamming.objectives.problem import Problem

SHOWN = 12  # names in a message


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Restricted:
    """F as a function of the arrays `chosen` of v alone, {name: array}; the others are of `at`."""

    of: Predictor
    at: Params
    chosen: tuple[str, ...] = field(metadata={"static": True})

    @property
    def alpha(self) -> Float[Array, "*lanes"]:
        return self.of.alpha

    def start(self) -> Params:
        return self.part(self.of.start())

    def part(self, v: Params) -> Params:
        """The chosen arrays of v, which keep their order."""
        named = zip(parameter_names(v), jax.tree.leaves(v), strict=True)
        return OrderedDict((name, leaf) for name, leaf in named if name in self.chosen)

    def whole(self, part: Params) -> Params:
        """v, with these arrays in the place of the chosen ones."""
        leaves, form = jax.tree.flatten(self.at)
        named = zip(parameter_names(self.at), leaves, strict=True)
        whole: Params = jax.tree.unflatten(form, [part.get(name, leaf) for name, leaf in named])
        return whole

    def weights(self, v: Params) -> Params:
        return self.of.weights(self.whole(v))

    def anchor(self, x: Array) -> Any:
        """That of the whole network, which does not depend on v."""
        found = getattr(self.of, "anchor", None)
        return None if found is None else found(x)

    def __call__(self, v: Params, x: Array, *anchor: Any) -> Array:
        return self.of(self.whole(v), x, *anchor)

    def vjp(self, v: Params, x: Array, *anchor: Any) -> tuple[Array, Pullback]:
        F, pull = self.of.vjp(self.whole(v), x, *anchor)
        return F, lambda e: self.part(pull(e))


def restricted(problem: Problem, v: Any, of: Any) -> tuple[Problem, Params]:
    """The problem of those parameters of v alone that `of` names, and its variable, at v.

    `of` is a pattern, several, or a function from a name of `parameter_names` to whether it is
    meant. A pattern stands for the arrays of that name, or below it in the tree: "W2", "Dense_0"
    (its kernel and bias), "layers.0.*"; with *, ? and [] as in file names. The variable has these
    arrays by name, and its flat vectors, and blocks of Hessians, the order of `ravel_pytree` of v.
    Parameters of v that are left out stay where they are; loss, P and alpha are those of the
    problem.

    Raises:
        BadInput: for a pattern that no parameter has, where none is chosen, and where two arrays
            have one name

    Example:
        >>> net, x, y = jamming.FC(h=3, L=2), jnp.ones((4, 5)), jnp.ones(4)
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x))
        >>> problem = jamming.Problem(F, jamming.quadratic_hinge(), x, y)
        >>> jamming.split(*jamming.restricted(problem, F.start(), "W2")).H.shape
        (9, 9)
    """
    names = parameter_names(v)
    if len(set(names)) < len(names):
        raise BadInput(f"parameters of one name cannot be told apart: {_listed(names)}")
    chosen = tuple(filter(_chooser(names, of), names))
    if not chosen:
        raise BadInput(f"no parameters are chosen of {_listed(names)}: name one or several")
    predictor = Restricted(problem.predictor, v, chosen)
    return replace(problem, predictor=predictor), predictor.part(v)


def _chooser(names: tuple[str, ...], of: Any) -> Callable[[str], bool]:
    if callable(of):
        return lambda name: bool(_called(of, name))
    patterns = [of] if isinstance(of, str) else list(of) if isinstance(of, Sequence) else [of]
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise BadInput(
                f"parameters are chosen by name, not by {shown(pattern)}: give a pattern, several,"
                " or a function of a name"
            )
        if not any(_matches(name, pattern) for name in names):
            raise BadInput(f"there are no parameters '{pattern}': choose of {_listed(names)}")
    return lambda name: any(_matches(name, pattern) for pattern in patterns)


def _called(of: Callable[[str], Any], name: str) -> Any:
    try:
        return of(name)
    except Exception as error:  # it is not our code
        raise BadInput(
            f"the function that chooses parameters failed for '{name}': {described(error)}"
        ) from error


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
