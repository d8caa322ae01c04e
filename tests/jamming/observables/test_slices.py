"""The loss on lines and planes of weights: symmetries, convexity, and the loss by hand."""

from dataclasses import replace
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.networks import CNN, FC
from jamming.models.own import network
from jamming.models.parametrisation import MFP, NTP, plain
from jamming.models.permuted import permuted
from jamming.objectives.losses import LOSSES, quadratic_hinge
from jamming.objectives.predictor import Linearised, predictor
from jamming.objectives.problem import Problem
from jamming.observables.slices import (
    barrier,
    filter_normalised,
    on_slice,
    random_slice,
    through,
    with_start,
)

RNG = np.random.default_rng(0)
X = jnp.asarray(RNG.normal(size=(11, 5)))
Y = jnp.asarray(np.where(RNG.normal(size=11) > 0, 1.0, -1.0))
KEYS = jax.random.split(jax.random.key(0), 6)
NET = FC(h=5, L=2, bias=True)
C = np.linspace(0, 1, 5)


def weights(net: Any, k: int, x: Any = X) -> Any:
    """Weights of order one, biases too."""
    w = net.init(KEYS[k], x)
    return jax.tree.map(lambda a: a + 0.1 * jax.random.normal(KEYS[k], a.shape, a.dtype), w)


def landscape(alpha: float | None = None, net: Any = NET, start: int = 0) -> Problem:
    return Problem(predictor(net, weights(net, start), alpha), quadratic_hinge(), X, Y)


def length(tree: Any) -> float:
    return float(jnp.sqrt(sum(jnp.sum(a**2) for a in jax.tree.leaves(tree))))


def minus(a: Any, b: Any) -> Any:
    return jax.tree.map(jnp.subtract, a, b)


@pytest.mark.parametrize("loss", ["quadratic_hinge", "square", "cross_entropy"])
def test_a_plane_of_solutions_goes_through_them_and_keeps_distances(loss: str) -> None:
    several = LOSSES[loss].multiclass
    net = FC(h=5, L=2, c=3) if several else NET
    y = jnp.asarray(RNG.integers(0, 3, 11)) if several else Y
    problem = Problem(predictor(net, weights(net, 0)), LOSSES[loss], X, y)
    ends = [weights(net, k) for k in (1, 2, 3)]
    plane = through(problem, *ends)
    for end, (a, b) in zip(ends, plane.points.tolist(), strict=True):
        # the data in blocks, of which the last is not full
        found = on_slice(problem, plane, [a], [b], block=4)
        F = net.apply(end, X)
        assert found.loss.shape == (1, 1)
        np.testing.assert_allclose(found.loss[0, 0], problem.loss.mean(F, y, 1.0), rtol=1e-12)
        assert found.unsatisfied[0, 0] == problem.loss.unsatisfied(F, y)
    unit = length(minus(ends[1], ends[0]))
    for i, j in ((0, 1), (0, 2), (1, 2)):
        drawn = float(jnp.linalg.norm(plane.points[i] - plane.points[j])) * unit
        assert drawn == pytest.approx(length(minus(ends[i], ends[j])), rel=1e-12)


def test_a_line_of_alpha_f_minus_f0_is_the_loss_by_hand() -> None:
    alpha, problem = 100.0, landscape(100.0)
    w0 = problem.predictor.w0
    one, two = (jax.tree.map(lambda a, k=k: 0.01 * a, weights(NET, k)) for k in (1, 2))
    found = on_slice(problem, through(problem, one, two), C)
    for c, loss in zip(C, found.loss, strict=True):
        w = jax.tree.map(lambda z, a, b, c=c: z + (1 - c) * a + c * b, w0, one, two)
        F = alpha * (NET.apply(w, X) - NET.apply(w0, X))
        assert loss == pytest.approx(float(jnp.mean(jax.nn.relu(1 - Y * F) ** 2) / 2 / alpha**2))


def test_two_starts_are_interpolated_with_their_changes() -> None:
    one, two = (landscape(10.0, start=k) for k in (0, 1))
    free = with_start(one)
    ends = [
        {"dw": jax.tree.map(lambda a: 0.1 * a, weights(NET, k)), "w0": of.predictor.w0}
        for k, of in ((2, one), (3, two))
    ]
    found = on_slice(free, through(free, *ends), C).loss
    for of, end, loss in zip((one, two), ends, found[[0, -1]], strict=True):
        F = of.outputs(end["dw"])
        assert loss == pytest.approx(float(of.loss.mean(F, Y, 10.0)), rel=1e-12)
    # a permutation moves both, and leaves the end where it is
    order = [[4, 2, 0, 1, 3], [1, 0, 2, 4, 3]]
    moved = on_slice(free, through(free, *ends, matching=order), C).loss
    np.testing.assert_allclose(moved[[0, -1]], found[[0, -1]], rtol=1e-12)
    assert np.abs(moved[1:-1] - found[1:-1]).max() > 1e-6
    # where the start stays that of the problem, outputs at the end are those of f(w) - f(w0)
    dws = [end["dw"] for end in ends]
    fixed = on_slice(one, through(one, *dws, matching=order), [1.0]).loss
    np.testing.assert_allclose(fixed, on_slice(one, through(one, *dws), [1.0]).loss, rtol=1e-12)
    with pytest.raises(BadInput, match="Plain has no initial weights"):
        with_start(landscape())


def test_a_convex_landscape_has_no_barrier_and_a_network_of_its_permutation_has() -> None:
    w = weights(NET, 0)
    linear = landscape(net=Linearised(NET, w))
    line = through(linear, weights(NET, 1), weights(NET, 2))
    assert barrier(C, on_slice(linear, line, C).loss) < 1e-12
    problem = landscape()
    order = [[1, 2, 3, 4, 0], [4, 3, 2, 1, 0]]
    there = through(problem, w, permuted(NET, w, order))
    loss = on_slice(problem, there, C).loss
    assert loss[0] == pytest.approx(loss[-1], rel=1e-12)
    assert barrier(C, loss) == pytest.approx(loss.max() - loss[0])
    # the inverse permutation brings it back onto itself
    back = [np.argsort(each) for each in order]
    with pytest.raises(BadInput, match="one point"):
        through(problem, w, permuted(NET, w, order), matching=back)
    with pytest.raises(BadInput, match="one point"):
        through(problem, w, permuted(NET, w, order), matching=lambda u: permuted(NET, u, back))


@pytest.mark.parametrize("net", [NET, CNN(h=3, strides=(1, 2), kernel=3, bias=True)])
def test_another_order_of_neurons_is_the_same_function(net: Any) -> None:
    x = X if net is NET else jnp.asarray(RNG.normal(size=(2, 6, 6, 1)))
    w = weights(net, 0, x)
    orders = [RNG.permutation(net.h) for _ in range(2)]
    other = permuted(net, w, orders)
    np.testing.assert_allclose(net.apply(w, x), net.apply(other, x), rtol=1e-12)
    assert not np.allclose(w["params"]["W2"], other["params"]["W2"])


def test_directions_have_the_lengths_of_neurons_and_no_biases() -> None:
    w = weights(NET, 0)["params"]
    d = filter_normalised(KEYS[1], {"params": w})["params"]
    for name, a in w.items():
        if name.startswith("B"):
            assert not d[name].any()
        else:
            lengths = [np.linalg.norm(np.asarray(each), axis=0) for each in (d[name], a)]
            np.testing.assert_allclose(*lengths, rtol=1e-12)
    W = np.asarray(w["W2"])
    tiny = np.asarray(filter_normalised(KEYS[1], jnp.asarray(1e-30 * W, jnp.float32)), float)
    np.testing.assert_allclose(np.linalg.norm(1e30 * tiny, axis=0), np.linalg.norm(W, axis=0), 1e-5)
    across = np.asarray(filter_normalised(KEYS[1], w["W2"], axis=0))
    np.testing.assert_allclose(np.linalg.norm(across, axis=1), np.linalg.norm(W, axis=1))


@pytest.mark.parametrize("law", [NTP, MFP])
def test_a_random_slice_is_the_same_in_every_parametrisation(law: Any) -> None:
    """The weights of `plain` with the prefactors in them."""
    inside, within = (FC(h=5, L=2, parametrisation=each) for each in (law, plain()))
    w = inside.init(KEYS[0], X)
    scaled = {
        f"W{i}": c * w["params"][f"W{i}"] for i, c in enumerate(inside.prefactors(5), start=1)
    }
    found = []
    for net, at in ((inside, w), (within, {"params": scaled})):
        problem = Problem(predictor(net, at), quadratic_hinge(), X, Y)
        found.append(on_slice(problem, random_slice(at, KEYS[1]), [-1.0, 0.3], [0.5]).loss)
    np.testing.assert_allclose(*found, rtol=1e-10)


class Normal(nn.Module):
    """A network of others, with batch normalisation."""

    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        z = nn.BatchNorm(use_running_average=not train)(nn.Dense(5)(x))
        return nn.Dense(1)(nn.tanh(z))


def test_of_a_network_with_batch_normalisation_it_is_the_loss_in_training() -> None:
    net = network(Normal())
    x = X.astype(jnp.float32)
    one, two = (net.init(key, x) for key in KEYS[:2])
    variables = Normal().init(KEYS[0], x, train=False)
    problem = Problem(predictor(net, one, pad=net.state(one, x)), quadratic_hinge(), x, Y)
    order = np.array([3, 1, 0, 2, 4])

    def moved(w: Any) -> Any:
        """Neurons in another order, as a user would write it."""
        first, norm, last = (w["params"][k] for k in ("Dense_0", "BatchNorm_0", "Dense_1"))
        turned = {name: a[..., order] for name, a in first.items()}
        scales = {name: a[order] for name, a in norm.items()}
        read = {"kernel": last["kernel"][order], "bias": last["bias"]}
        return {"params": {"Dense_0": turned, "BatchNorm_0": scales, "Dense_1": read}}

    plain, other = (through(problem, one, two, matching=m) for m in (None, moved))
    losses = [on_slice(problem, line, C, block=4).loss for line in (plain, other)]
    for c, end in ((0, one), (-1, two)):
        known = {**end, "batch_stats": variables["batch_stats"]}
        F = Normal().apply(known, x, train=True, mutable=["batch_stats"])[0][:, 0]
        due = float(jnp.mean(jax.nn.relu(1 - Y * F) ** 2) / 2)
        np.testing.assert_allclose([loss[c] for loss in losses], due, rtol=1e-4)
    assert abs(losses[0][2] - losses[1][2]) > 1e-3


def test_what_is_not_right_is_one_line() -> None:
    problem, w = landscape(), weights(NET, 0)
    line = through(problem, w, weights(NET, 1))
    other = FC(h=4, L=2).init(KEYS[0], X)
    flat = jax.tree.map(lambda a: 2 * a, w), jax.tree.map(lambda a: 3 * a, w)
    for wrong, said in (
        (lambda: through(problem, w), "not 1"),
        (lambda: through(problem, w, other), "different networks"),
        (lambda: through(problem, w, *flat), "on one line"),
        (lambda: through(problem, w, flat[0], matching=[[0]]), "1 permutations for 2"),
        (lambda: through(problem, w, flat[0], matching=[range(5), [0, 0, 1, 2, 3]]), "layer 2"),
        (lambda: on_slice(problem, line, C, C), "2 axes"),
        (lambda: on_slice(problem, line, [0.0, np.nan]), "must be finite"),
        (lambda: on_slice(problem, line, []), "give 1 at least"),
        (lambda: on_slice(problem, line, C, block=0), "too small"),
        (lambda: on_slice(landscape(net=FC(h=4, L=2)), line, C), "different networks"),
        (lambda: on_slice(replace(problem, y=Y > 0), line, C), "labels"),
        (lambda: random_slice(w, KEYS[0], k=3), "too large"),
        (lambda: random_slice(landscape(1.0).predictor.start(), KEYS[0]), "no weights"),
        (lambda: barrier([0.0, 0.5], [1.0, 2.0]), "at c = 1"),
        (lambda: barrier([0.0, 1.0], [1.0, np.nan]), "NaN"),
    ):
        with pytest.raises(BadInput, match=said) as refused:
            wrong()
        assert "\n" not in str(refused.value)
