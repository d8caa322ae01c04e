"""Losses per datum, their margin, and the constraint Delta that each of them sets.

Binary losses take outputs F [P] and labels y [P] = +-1; those of several classes take outputs
[P, c] and integer labels [P]. ``delta(F, y)`` is positive where a constraint is not satisfied:

* hinge losses: Delta = margin - y F (for several classes margin - t F with t = +-1, one for each
  output, Spigler et al., *A jamming transition ...*; *The jamming transition as a paradigm*, Eq.
  10);
* the square loss: Delta = |y - F|, for any real labels;
* losses without a margin: Delta = -y F, or (largest wrong output) - (right one), so that an
  unsatisfied datum is a misclassified one.

The loss of a data set is ``mean(per_sample) / alpha^2`` (*Disentangling feature and lazy training*,
Eq. 7): with the predictor alpha (f - f0) this makes the time to converge independent of alpha
when it is large.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from jamming.checks import arrays
from jamming.checks.arguments import number, one_of, settle
from jamming.checks.errors import BadInput
from jamming.models.activations import largest, softplus

Outputs = arrays.ArrayLike  # [P] or [P, c], real
Labels = arrays.ArrayLike  # [P]


@dataclass(frozen=True)
class Loss:
    """A loss: `of_delta` maps Delta to the loss of a constraint. Hashable, hence static under jit.

    Raises BadInput if the margin is negative or not finite, or the slack outside [0, 1).
    """

    name: str
    of_delta: Callable[[Array], Array] | None = None
    margin: float = 0.0
    multiclass: bool = False
    slack: float = 0.0
    regression: bool = False

    def __post_init__(self) -> None:
        margin = number("the margin", self.margin, least=0.0)
        slack = number("the slack, a fraction of the margin,", self.slack, least=0.0, below=1.0)
        settle(self, {"margin": margin, "slack": slack})

    def delta(self, F: Outputs, y: Labels) -> Float[Array, "P *constraints"]:
        """Delta_mu = margin - y_mu F_mu, positive where unsatisfied; [P], or [P, c] (see above).

        In the precision of F, of 32 bits at least. Other shapes and labels are refused.
        """
        F, y = self._pair(F, y)
        if self.regression:
            return jnp.abs(y - F)
        if not self.multiclass:
            return self.margin - y * F
        is_true = jax.nn.one_hot(y, F.shape[-1], dtype=bool)
        if self.of_delta is not None:
            return self.margin - jnp.where(is_true, F, -F)
        right = jnp.sum(jnp.where(is_true, F, 0), axis=-1)
        return largest(jnp.where(is_true, -jnp.inf, F)) - right

    def per_sample(self, F: Outputs, y: Labels) -> Float[Array, " P"]:
        """The loss of each datum, without 1/P and 1/alpha^2."""
        if self.of_delta is not None:
            each = self.of_delta(self.delta(F, y))
            return jnp.mean(each, axis=-1) if self.multiclass else each
        F, y = self._pair(F, y)
        is_true = jax.nn.one_hot(y, F.shape[-1], dtype=bool)
        return -jnp.sum(jnp.where(is_true, jax.nn.log_softmax(F), 0), axis=-1)

    def mean(self, F: Outputs, y: Labels, alpha: Any) -> Float[Array, ""]:
        """(1 / (alpha^2 P)) sum_mu per_sample, alpha a number, or a scalar array."""
        return jnp.mean(self.per_sample(F, y)) / (1.0 * alpha) ** 2

    def unsatisfied(self, F: Outputs, y: Labels) -> Int[Array, ""]:
        """N_Delta, the number of constraints with Delta > slack * margin, or not finite.

        Without a margin, Delta = 0 is unsatisfied, too: outputs of 0 are right for neither label.

        The papers' count has slack = 0. Past jamming the quadratic hinge drives its last
        constraints to Delta = 0 exponentially slowly, until rounding stops them: the loss reaches
        1e-27 with N_Delta / N = 0.2. Multiplying the last layer by s multiplies Delta - margin by s
        (*The jamming transition as a paradigm*, note 63): a network within a small slack of fitting
        fits once its last layer is changed by that much.
        """
        delta = self.delta(F, y)
        met = delta <= self.slack * self.margin if self.margin > 0 else delta < 0
        return jnp.sum(~(jnp.isfinite(delta) & met))

    def check(self, y: Any, classes: int | None = None) -> None:
        """Refuse labels other than this loss has: -1 and +1, real numbers, 0 to `classes` - 1."""
        if self.regression:
            arrays.targets(y, "the labels")
        elif not self.multiclass:
            arrays.binary_labels(y)
        else:
            _check_classes(y, classes)

    def _pair(self, F: Outputs, y: Labels) -> tuple[Array, Array]:
        """Outputs, and y in their precision or as classes, where the two belong together."""
        F, y = _numbers(F, y)
        if F.ndim != y.ndim + self.multiclass or F.shape[: y.ndim] != y.shape:
            wanted = "[P, c]" if self.multiclass else "[P]"
            raise BadInput(
                f"outputs of shape {list(F.shape)} do not fit labels of shape {list(y.shape)}: the"
                f" loss '{self.name}' takes outputs {wanted}"
            )
        self.check(y, F.shape[-1] if self.multiclass else None)
        return F, y.astype(jnp.int32 if self.multiclass else F.dtype)


def _numbers(F: Outputs, y: Labels) -> tuple[Array, Array]:
    """In floating point: integers would wrap, and half floats overflow."""
    F, y = arrays.as_float(F, "the outputs"), arrays.as_float(y, "the labels")
    return jnp.asarray(F), jnp.asarray(y)


def _check_classes(y: Any, classes: int | None) -> None:
    if arrays.is_traced(y):
        return
    known = np.asarray(arrays.finite(y, "the labels"))
    if (known < 0).any() or (known != np.round(known)).any():
        raise BadInput("labels of several classes must be integers 0, 1, ...: convert them")
    if classes is not None and known.max(initial=0) >= classes:
        raise BadInput(
            f"there is a label {int(known.max())}, and {classes} outputs are for the classes 0 to"
            f" {classes - 1}: number the classes from 0, or give the network more outputs"
        )


def misclassified(F: Outputs, y: Labels) -> Bool[Array, " P"]:
    """Which data are on the wrong side: not y F > 0, or argmax F != y.

    An output of 0, NaN or infinity is wrong for every label. Raises BadInput if F is neither [P]
    nor [P, c] for labels [P], or the labels are truth values or classes without an output.
    """
    given = y
    F, y = _numbers(F, y)
    if y.ndim != 1 or F.ndim not in (1, 2) or len(F) != len(y):
        raise BadInput(
            f"outputs of shape {list(F.shape)} do not fit labels of shape {list(y.shape)}: give"
            " [P] or [P, c] for labels [P]"
        )
    if F.ndim == 1:
        arrays.refuse_truth_values(given, "the labels")
        return ~(jnp.isfinite(F) & (jnp.sign(y).astype(F.dtype) * jnp.sign(F) > 0))
    _check_classes(given, F.shape[-1])
    wrong = jnp.argmax(F, axis=-1).astype(jnp.int32) != y.astype(jnp.int32)
    return wrong | ~jnp.isfinite(F).all(axis=-1)


def _square(delta: Array) -> Array:
    return jax.nn.relu(delta) ** 2


def _half_square(delta: Array) -> Array:
    return _square(delta) / 2


@dataclass(frozen=True)
class _Soft:
    """softplus_beta, as a class so that two of equal beta are equal."""

    beta: float

    def __call__(self, delta: Array) -> Array:
        return softplus(self.beta, delta)


def quadratic_hinge(margin: float = 1.0) -> Loss:
    """max(0, Delta)^2 / 2: the loss of the jamming papers.

    Example:
        >>> loss = jamming.quadratic_hinge(margin=1.0)
        >>> loss.delta(jnp.array([0.5, 2.0]), jnp.array([1.0, 1.0])).tolist()
        [0.5, -1.0]
    """
    return Loss("quadratic_hinge", _half_square, margin)


def soft_hinge(margin: float = 1.0, beta: float = 20.0) -> Loss:
    """softplus_beta(Delta) = ln(1 + exp(beta Delta)) / beta: that of *Disentangling ...*.

    Example:
        >>> F, y = jnp.array([1.0]), jnp.array([1.0])
        >>> round(float(jamming.soft_hinge().mean(F, y, jnp.ones(()))), 4)  # ln(2) / 20
        0.0347
    """
    return Loss("soft_hinge", _Soft(number("beta", beta, above=0.0)), margin)


_KNOWN = (
    quadratic_hinge(),
    Loss("linear_hinge", jax.nn.relu, 1.0),  # max(0, Delta)
    soft_hinge(),
    Loss("logistic", jax.nn.softplus),  # ln(1 + exp(-y F)), the binary cross-entropy; no margin
    # (y - F)^2 / 2, for real labels; a datum fits where |y - F| is at most slack * margin
    Loss("square", _half_square, 1.0, regression=True),
    Loss("cross_entropy", multiclass=True),  # -log softmax(F)_y over c classes; no margin
    # (1/c) sum_c max(0, margin - t_c F_c)^2, no 1/2 (*The jamming transition ...*, Eq. 10)
    Loss("multiclass_hinge", _square, 0.5, multiclass=True),
    # (1/c) sum_c max(0, margin - t_c F_c). *Scaling description of generalization* writes the
    # linear hinge of two classes; for its ten, the mean over outputs is as in `multiclass_hinge`.
    Loss("multiclass_linear_hinge", jax.nn.relu, 1.0, multiclass=True),
)
LOSSES = {loss.name: loss for loss in _KNOWN}


def loss_named(name: str, margin: float | None = None, slack: float = 0.0) -> Loss:
    """The loss called `name`, with its default margin or the one given.

    Raises BadInput if the name is unknown, the margin is not positive, or the loss has none.
    """
    loss = replace(LOSSES[one_of("loss", name, LOSSES)], slack=slack)
    if margin is None:
        return loss
    if loss.margin == 0:
        raise BadInput(f"the loss '{name}' has no margin: leave it out")
    return replace(loss, margin=number("the margin", margin, above=0.0))
