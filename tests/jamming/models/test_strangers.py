"""Networks that are none, or that are no function of weights and points: one line each."""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jamming.checks.errors import BadInput
from jamming.data import from_arrays
from jamming.kernels.empirical import ntk
from jamming.models.networks import FC
from jamming.models.own import drawn, network
from jamming.objectives.predictor import predictor
from jamming.observables.initial import output_fluctuations
from jamming.training.classify import train_images
from jamming.training.images import ImageJob
from jamming.training.spec import Job
from jamming.training.train import train

X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.where(np.arange(12) % 2, 1.0, -1.0)
POINTS = jnp.asarray(X[:4], jnp.float32)
JOB = Job("own", P=8, widths=(4,), max_ticks=1, label="own", precision="float32")


def trained(net: Any, seeds: int = 1, x: Any = X) -> Any:
    jobs = [JOB.replace(init_seed=seed) for seed in range(seeds)]
    return train(jobs, data=lambda job: from_arrays(x, Y, job.P), net=net, workers=1)


class Of(nn.Module):
    """Anything made of four numbers for each point."""

    make: Any

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return self.make(nn.Dense(4)(x.reshape(len(x), -1)))


class Normal(nn.Module):
    @nn.compact
    def __call__(self, x: Any, train: bool = True) -> Any:
        return nn.Dense(1)(nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x)))


class NormalNNX(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.a, self.norm = nnx.Linear(3, 4, rngs=rngs), nnx.BatchNorm(4, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.norm(self.a(x)).sum(1)


class Counting(nn.Module):
    """Keeps something in Python."""

    calls: Any

    @nn.compact
    def __call__(self, x: Any) -> Any:
        self.calls.append(1)
        return len(self.calls) * nn.Dense(1)(x)


class Calls:
    """A list that hashes."""

    def __init__(self) -> None:
        self.n = 0

    def append(self, one: int) -> None:
        self.n += one

    def __len__(self) -> int:
        return self.n


class Noise(nn.Module):
    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(1)(x + jax.random.normal(self.make_rng("noise"), x.shape))


def linear(w: Any, x: Any) -> Any:
    return x @ w


CONSTANT = (lambda key, x: jnp.ones((3, 1), x.dtype)), linear
OF_NUMPY = (lambda key, x: np.random.normal(size=(3, 1)).astype(x.dtype)), linear


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (Of(lambda z: (z[:, 0], z)), "not a tuple"),
        (Of(lambda z: {"logits": z}), "not a dict"),
        (Of(lambda z: None), "not a NoneType"),
        (Of(lambda z: z[:, 0] > 0), "outputs of bool"),
        (Of(lambda z: (z[:, 0] > 0).astype(int)), "outputs of int64"),
        (Of(lambda z: z[:, 0] + 1j), "outputs of complex"),
        (Of(lambda z: z[:, :1, None]), r"outputs of shape \[2, 1, 1\]"),
        (Of(lambda z: z[:, 0] * len(z)), "depends on the other points"),
        (Of(lambda z: z[:, 0] * (len(z) if len(z) > 4 else 1)), "depends on the other points"),
        (Counting(Calls()), "Counting gives other outputs when it is applied again"),
        (Noise(), 'Noise cannot be applied .* needs PRNG for "noise"'),
        (Of(lambda z: jnp.sqrt(z[:, 0] - 1e9)), "outputs that are not finite before it learns"),
        (OF_NUMPY, "gives other weights for the same key"),
        (nn.Embed(4, 1), "must be an integer"),
        (NormalNNX, "the class NormalNNX cannot be trained"),
        (Normal, "the class Normal cannot be trained"),
        ((1, 2), "a tuple cannot be trained"),
        (lambda x: x, "a Job cannot be trained"),
        (Calls().append, "cannot be made by a method, which is none itself"),
    ],
)
def test_each_is_refused_before_it_runs(net: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        trained(net)
    assert "\n" not in str(refused.value)


def test_in_float32_a_large_alpha_wants_a_difference_of_its_own() -> None:
    net, data = Of(lambda z: z[:, 0]), from_arrays(X, Y, JOB.P)
    small, large = (JOB.replace(alpha=alpha, dynamics="flow") for alpha in (100.0, 101.0))
    with pytest.raises(BadInput, match=r"Of in float32 is good for alpha of 100 and less, not"):
        train([small, large], data=data, net=net, workers=1)
    train([small, large.replace(precision="float64")], data=data, net=net, workers=1)
    train([large], data=data, net=FC(h=4, L=1), workers=1)


def test_seeds_that_draw_nothing_are_one_run() -> None:
    with pytest.raises(BadInput, match="begins with the same weights whatever the key"):
        trained(CONSTANT, seeds=2)
    assert np.isfinite(trained(CONSTANT)[0].loss)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda w, n: predictor(Normal(), w)(w, POINTS), "Normal has batch normalisation, whose"),
        (lambda w, n: predictor(NormalNNX(nnx.Rngs(0)), n)(n, POINTS), "NormalNNX has batch norm"),
        (lambda w, n: network(Normal()).apply(w, POINTS), "averages these parameters lack"),
        (lambda w, n: predictor(Normal(), None), r"what its init gives, .* not None"),
        (lambda w, n: predictor(Normal(), w["params"]), "what its init gives"),
        (lambda w, n: predictor(Of(jnp.sum), w)(w, POINTS), "Of cannot be applied to inputs"),
        (lambda w, n: ntk(Normal(), w, POINTS), "ntk takes a function"),
    ],
)
def test_weights_that_are_not_those_of_a_module_are_one_line(call: Any, said: str) -> None:
    w = network(Normal()).init(jax.random.key(0), POINTS)
    n = drawn(NormalNNX).init(jax.random.key(0), POINTS)
    with pytest.raises(BadInput, match=said) as refused:
        call(w, n)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: network(None), "a NoneType cannot be trained"),
        (lambda: network(Normal), "the class Normal cannot be trained"),
        (lambda: drawn(lambda rngs: 1 / 0), "no module is made of rngs .*ZeroDivisionError"),
        (lambda: drawn(NormalNNX(nnx.Rngs(0))), "no module is made of rngs"),
        (lambda: pictures(CONSTANT), "learnt by Linen modules, and a tuple is none"),
        (lambda: pictures(NormalNNX(nnx.Rngs(0))), "and a NormalNNX is none"),
        (lambda: pictures(Of(lambda z: (z, z))), "not a tuple"),
        (lambda: pictures(Of(lambda z: None)), "not a NoneType"),
    ],
)
@pytest.mark.usefixtures("unannotated")
def test_what_is_no_network_is_one_line(call: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        call()
    assert "\n" not in str(refused.value)


def pictures(net: Any) -> Any:
    job = ImageJob("digits", P=20, network="fullconn_l2", batch=10, epochs=1, label="own")
    return train_images([job], net=net)


def test_outputs_of_pairs_are_columns_too() -> None:
    pair = (lambda key, x: jax.random.normal(key, (3, 1), x.dtype)), linear
    keys = jax.random.split(jax.random.key(0), 3)
    f = np.stack([np.ravel(linear(pair[0](key, POINTS), POINTS)) for key in keys])
    due = np.mean((f - f.mean(0)) ** 2, axis=1).mean() * 3 / 2
    assert output_fluctuations(pair, keys, POINTS).mean() == pytest.approx(due, rel=1e-5)


def test_with_averages_or_a_state_they_are_a_predictor() -> None:
    net = network(Normal())
    variables = Normal().init(jax.random.key(0), POINTS, train=False)
    w = {"params": variables["params"]}
    assert predictor(Normal(), variables)(w, POINTS).shape == (4,)
    F = predictor(Normal(), w, alpha=2.0, pad=net.state(w, POINTS))
    due = Normal().apply(variables, POINTS, train=True, mutable=["batch_stats"])[0][:, 0]
    np.testing.assert_allclose(F.network(F.start(), POINTS), due, rtol=1e-4, atol=1e-5)
