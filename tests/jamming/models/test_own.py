"""Networks of any kind: Linen, NNX, pairs of functions; batch normalisation as a function of w."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jamming.checks.errors import BadInput
from jamming.data import from_arrays
from jamming.kernels.empirical import tangent_kernels
from jamming.models.accepted import adapted
from jamming.models.own import drawn, network, state_of
from jamming.nstar.ladder import OwnLadder
from jamming.objectives.predictor import at_start, predictor
from jamming.observables.initial import output_fluctuations
from jamming.training.spec import Job
from jamming.training.train import train

RNG = np.random.default_rng(0)
X, X_TEST = (jnp.asarray(RNG.standard_normal((n, 3)), jnp.float32) for n in (12, 5))


class Normal(nn.Module):
    """Told by an argument whether it trains."""

    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        z = nn.Dense(6)(x)
        z = nn.BatchNorm(use_running_average=not train, momentum=0.8)(z)
        z = nn.Dropout(0.5, deterministic=not train)(nn.tanh(z))
        return nn.Dense(1)(z)[:, 0]


class NormalNNX(nnx.Module):
    def __init__(self, h: int, *, rngs: nnx.Rngs) -> None:
        self.a = nnx.Linear(3, h, rngs=rngs)
        self.norm = nnx.BatchNorm(h, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)
        self.b = nnx.List([nnx.Linear(h, h, rngs=rngs), nnx.Linear(h, 1, rngs=rngs)])

    def __call__(self, x: Any) -> Any:
        z = self.dropout(nnx.tanh(self.norm(self.a(x))))
        for layer in self.b:
            z = layer(z)
        return z[:, 0]


SEQUENCE = nn.Sequential([nn.Dense(6), nn.BatchNorm(False), nn.tanh, nn.Dropout(0.5), nn.Dense(1)])
KINDS = {
    "linen": lambda **of: network(Normal(), **of),
    "sequence": lambda **of: network(SEQUENCE, **of),
    "nnx": lambda **of: network(NormalNNX(6, rngs=nnx.Rngs(0)), **of),
    "drawn": lambda **of: drawn(lambda rngs: NormalNNX(6, rngs=rngs), **of),
}


def by_hand(kind: str, w: Any, x: Any, over: Any, at: Any = None) -> Any:
    """Outputs, of averages over these inputs, at other weights if given."""
    names = {"linen": ("Dense_0", "Dense_1"), "sequence": ("layers_0", "layers_4")}
    p, q = w["params"], (w if at is None else at)["params"]
    first, last = names.get(kind, ("a", "b"))
    rest = [p[last]] if kind in names else [p["b"][0], p["b"][1]]
    with jax.numpy_rank_promotion("allow"):
        seen = over @ q[first]["kernel"] + q[first]["bias"]
        z = x @ p[first]["kernel"] + p[first]["bias"]
        z = jnp.tanh((z - seen.mean(0)) / jnp.sqrt(seen.var(0) + 1e-5))
        for layer in rest:
            z = z @ layer["kernel"] + layer["bias"]
    return z[:, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_batch_normalisation_is_that_over_the_training_inputs(kind: str) -> None:
    net = adapted(KINDS[kind]())
    F = at_start(net, jax.random.key(0), X)
    assert set(F.w0) == {"params"}
    moved = jax.tree.map(
        lambda a: a + 0.3 * jnp.sin(jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), F.w0
    )
    for w in (F.w0, moved):
        if w is moved:  # scale and bias of the normalisation stay 1 and 0
            w = {"params": {**w["params"], **_norms(F.w0["params"])}}
        for x in (X, X_TEST, X_TEST[:1]):
            np.testing.assert_allclose(F(w, x), by_hand(kind, w, x, X), rtol=2e-5, atol=2e-6)
        # gradients see that means and variances are functions of the weights
        found = jax.grad(lambda w: F(w, X_TEST).sum())(w)
        due = jax.grad(lambda w: by_hand(kind, w, X_TEST, X).sum())(w)
        for name in set(found["params"]) - set(_norms(F.w0["params"])):
            for a, b in zip(
                *map(jax.tree.leaves, (found["params"][name], due["params"][name])), strict=True
            ):
                np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_averages_are_those_of_the_start(kind: str) -> None:
    net = adapted(KINDS[kind](batch_norm="frozen"))
    F = at_start(net, jax.random.key(0), X)
    moved = jax.tree.map(lambda a: a + 0.1, F.w0)
    w = {"params": {**moved["params"], **_norms(F.w0["params"])}}
    np.testing.assert_allclose(
        F(w, X_TEST), by_hand(kind, w, X_TEST, X, F.w0), rtol=2e-5, atol=2e-6
    )


def _norms(params: Any) -> Any:
    return {name: part for name, part in params.items() if "scale" in part}


def test_networks_of_one_graph_share_programs_and_draw_weights_of_their_own() -> None:
    one, other = (drawn(lambda rngs: NormalNNX(6, rngs=rngs)) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != drawn(lambda rngs: NormalNNX(7, rngs=rngs))
    a, b, again = (one.init(jax.random.key(k), X[:1])["params"]["a"]["kernel"] for k in (0, 1, 0))
    assert np.array_equal(a, again)
    assert not np.array_equal(a, b)
    held = network(NormalNNX(6, rngs=nnx.Rngs(0)))
    assert held == network(NormalNNX(6, rngs=nnx.Rngs(1)))


def test_a_variable_of_a_trained_module_is_taken_as_it_is() -> None:
    variables = Normal().init(jax.random.key(0), X, train=False)
    stats = jax.tree.map(lambda a: a + 0.5, variables["batch_stats"])
    F = predictor(Normal(), {"params": variables["params"], "batch_stats": stats})
    due = Normal().apply({"params": variables["params"], "batch_stats": stats}, X, train=False)
    np.testing.assert_allclose(F(F.start(), X), due, rtol=1e-6)


def _plain(w: Any, x: Any) -> Any:
    return jnp.tanh(x @ w["a"]) @ w["b"]


def _drawn(key: Any, x: Any) -> Any:
    return {"a": jax.random.normal(key, (x.shape[1], 4), x.dtype), "b": jnp.ones((4, 1), x.dtype)}


def test_pairs_of_functions_are_networks() -> None:
    plain = network((_drawn, _plain))
    haiku = network((_drawn, lambda params, rng, x: _plain(params, x)))
    w = plain.init(jax.random.key(0), X)
    np.testing.assert_array_equal(plain.apply(w, X), haiku.apply(w, X))
    assert plain == network((_drawn, _plain))
    assert state_of(plain, w, X) is None
    theta, theta_test = tangent_kernels((_drawn, _plain), w, X, X_TEST)
    J = jax.jacrev(_plain)(w, X)
    flat = np.concatenate([np.reshape(a, (len(X), -1)) for a in jax.tree.leaves(J)], 1)
    np.testing.assert_allclose(theta, flat @ flat.T, rtol=1e-5)
    assert theta_test.shape == (5, 12)


class Cached(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        self.variable("cache", "last", jnp.zeros, x.shape)
        return nn.Dense(1)(x)


class Spectral(nn.Module):
    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        return nn.SpectralNorm(nn.Dense(1))(x, update_stats=train)


class Stopped(nn.Module):
    """Normalisation of one's own, whose averages have no gradients."""

    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        z = nn.Dense(4)(x)
        mean = self.variable("batch_stats", "mean", jnp.zeros, (4,))
        if train:
            mean.value = 0.9 * mean.value + 0.1 * jax.lax.stop_gradient(z.mean(0))
        return nn.Dense(1)(z - jnp.broadcast_to(z.mean(0) if train else mean.value, z.shape))


class Counted(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.a, self.calls = nnx.Linear(3, 1, rngs=rngs), nnx.Variable(jnp.zeros(()))

    def __call__(self, x: Any) -> Any:
        return self.a(x)


JOB = Job("own", P=8, widths=(4,), max_ticks=3, label="own", precision="float32")


def trained(net: Any, seeds: int = 1) -> Any:
    y = np.sign(np.arange(12) - 5.5)
    jobs = [JOB.replace(init_seed=seed) for seed in range(seeds)]
    return train(jobs, data=lambda job: from_arrays(np.asarray(X), y, job.P), net=net, workers=1)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: trained(Cached()), r"neither parameters nor running averages \(cache\)"),
        (lambda: trained(Spectral()), "batch_stats that are no running averages"),
        (lambda: trained(Stopped()), "gradients stop at the batch statistics of Stopped"),
        (lambda: trained(Counted(nnx.Rngs(0))), r"running averages \(Variable\)"),
        (lambda: network(Normal(), batch_norm="off"), "unknown batch_norm 'off'"),
        (lambda: drawn(lambda rngs: Normal()), "makes a Normal, no NNX module"),
        (
            lambda: trained(NormalNNX(4, rngs=nnx.Rngs(0)), seeds=2),
            "weights of its own, with which",
        ),
        (
            lambda: OwnLadder(make=lambda h: NormalNNX(h, rngs=nnx.Rngs(0)), shape=(3,)).N(4),
            r"give jamming\.drawn\(lambda rngs: NormalNNX\(\.\.\., rngs=rngs\)\)",
        ),
        (
            lambda: output_fluctuations(
                NormalNNX(4, rngs=nnx.Rngs(0)), jax.random.split(jax.random.key(0), 3), X
            ),
            "weights of its own",
        ),
    ],
)
def test_what_would_be_silently_wrong_is_refused_in_a_line(call: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as error:
        call()
    assert "\n" not in str(error.value)


def test_averages_without_gradients_may_be_frozen() -> None:
    assert np.isfinite(trained(network(Stopped(), batch_norm="frozen"))[0].loss)


def test_modules_with_batch_normalisation_and_dropout_are_trained() -> None:
    for net in (Normal(), lambda job: drawn(lambda rngs: NormalNNX(job.widths[0], rngs=rngs))):
        runs = trained(net, seeds=2)
        assert all(np.isfinite(run.loss) for run in runs)
        assert runs[0].loss != runs[1].loss
