"""Own networks are tried on the shapes of the data: what cannot be trained is one line, at once."""

import dataclasses
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.execution import pool
from jamming.models.accepted import usable
from jamming.models.networks import CNN, FC
from jamming.models.residual import WideResNet
from jamming.objectives.losses import LOSSES, soft_hinge
from jamming.objectives.predictor import predictor
from jamming.training.custom import check_network
from jamming.training.spec import Job
from jamming.training.train import train

X = jax.ShapeDtypeStruct((9, 3), np.dtype(np.float32))


class Net(nn.Module):
    """One hidden layer; `out` neurons in the last one, of which `flat` takes the first."""

    out: int = 1
    flat: bool = False
    norm: bool = False
    dropout: bool = False
    noise: bool = False
    points: Any = None
    pair: bool = False
    centred: bool = False

    @nn.compact
    def __call__(self, x: Any) -> Any:
        z = nn.Dense(8)(x)
        if self.centred:
            z = z - z.mean(0, keepdims=True)
        if self.norm:
            z = nn.BatchNorm(use_running_average=True)(z)
        if self.dropout:
            z = nn.Dropout(0.5, deterministic=False)(z)
        if self.noise:
            z = z + jax.random.normal(self.make_rng("noise"), z.shape)
        f = nn.Dense(self.out)(nn.tanh(z))
        f = f[:, 0] if self.flat else f
        return (f, z) if self.pair else f


class Stateful(nnx.Module):
    """Holds its weights itself."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        self.a = nnx.Linear(3, 1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.a(x)[:, 0]


@pytest.mark.parametrize(
    "net",
    [Net(), Net(flat=True), FC(h=4, L=1), Net(norm=True), Net(dropout=True), Stateful(nnx.Rngs(0))],
)
def test_one_output_a_point_will_do(net: Any) -> None:
    check_network(net, X, soft_hinge())


@pytest.mark.parametrize(
    ("net", "says"),
    [
        (Net, "the class Net"),
        (None, "a NoneType"),
        (lambda x: x, "a function"),
        (Net(points=np.ones(3)), r"do not hash \(points\)"),
        (Net(noise=True), "noise"),
        (Net(out=3), r"outputs of shape \[2, 3\]"),
        (Net(pair=True), "not a tuple"),
        (CNN(h=2), r"images \[P, height, width, channels\], not inputs of shape \[2, 3\]"),
        (WideResNet(h=2, blocks=1), r"images|jaxtyping|type"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_line(net: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says) as error:
        check_network(net, X, soft_hinge())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("classes", [3, 4, None])
def test_several_classes_want_an_output_each(classes: int | None) -> None:
    loss = LOSSES["cross_entropy"]
    if classes == 4:
        with pytest.raises(BadInput, match=r"\[P, 4\]"):
            check_network(Net(out=3), X, loss, classes)
    else:
        check_network(Net(out=3), X, loss, classes)
    with pytest.raises(BadInput, match=r"takes \[P, "):
        check_network(Net(flat=True), X, loss, classes)


@pytest.mark.parametrize("shape", [(5, 8, 8, 1), (5, 2, 3), (5,)])
def test_vectors_are_asked_for_by_fc(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match=r"takes vectors \[P, d\]|takes inputs|cannot be"):
        check_network(FC(h=4, L=1), jax.ShapeDtypeStruct(shape, np.dtype(float)), soft_hinge())


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float16, np.float64])
def test_inputs_come_to_the_precision_of_the_weights(dtype: Any) -> None:
    net, x = FC(h=4, L=1), np.arange(6).reshape(2, 3)
    w = net.init(jax.random.key(0), jnp.asarray(x, np.float32))
    want, got = net.apply(w, jnp.asarray(x, np.float32)), net.apply(w, jnp.asarray(x, dtype))
    assert got.dtype == np.float32
    assert np.array_equal(got, want)
    moved = net.difference(w, w, jnp.asarray(x, dtype))
    assert moved.dtype == np.float32


def test_weights_drawn_for_pixels_are_floating_point() -> None:
    w = FC(h=4, L=1).init(jax.random.key(0), jnp.zeros((1, 3), np.uint8))
    assert {leaf.dtype for leaf in jax.tree.leaves(w)} == {np.dtype(float)}


def test_a_column_of_outputs_is_a_row_of_numbers() -> None:
    x = jnp.asarray(np.random.default_rng(0).normal(size=(5, 3)))
    w = Net().init(jax.random.key(0), x)
    flat = Net(flat=True).apply(w, x)
    for alpha in (None, 2.0):
        column, row = (predictor(net, w, alpha) for net in (Net(), Net(flat=True)))
        v = jax.tree.map(lambda a: 0.1 * a, column.start() if alpha is None else w)
        assert column(v, x).shape == flat.shape
        assert np.array_equal(column(v, x), row(v, x))


def test_running_means_are_no_parameters() -> None:
    w = Net(norm=True).init(jax.random.key(0), jnp.ones((1, 3)))
    F = predictor(Net(norm=True), w)
    assert set(F.start()) == {"params"}


JOB = Job("own", P=4, widths=(1,), max_ticks=3, label="own", precision="float32")
INPUTS, LABELS = np.random.default_rng(1).normal(size=(6, 3)), np.array([1.0, -1, 1, -1, 1, -1])


def data(x: Any = INPUTS, y: Any = LABELS, P: int = 4) -> Dataset:
    return Dataset("own", x[:P], y[:P], x[P:], y[P:])


@pytest.mark.parametrize(
    ("job", "given", "net", "says"),
    [
        (JOB, data(), Net(out=2), r"outputs of shape \[2, 2\]"),
        (
            JOB,
            data(),
            Net(centred=True),
            "the output of Net at one point depends on the other points",
        ),
        (JOB, data(INPUTS.reshape(6, 3, 1)), None, "takes vectors"),
        (Job("own", P=6, widths=(1,), kernel_points=2, label="own"), data(P=6), None, "no test"),
        (
            Job("own", P=6, widths=(1,), model_kind="kernel_init", dynamics="flow", label="own"),
            data(P=6),
            None,
            "no test",
        ),
    ],
)
def test_nothing_runs_that_cannot_end(
    job: Job, given: Dataset, net: Any, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: Any, **__: Any) -> None:
        raise AssertionError("training has begun")

    monkeypatch.setattr(pool, "work", work)
    with pytest.raises(BadInput, match=says):
        train([job], data=[given], net=net)


@pytest.mark.parametrize(
    ("second", "says"),
    [
        (data(y=LABELS * 0.5), "labels|-1"),
        (data(P=3), "3 training points"),
        (data(INPUTS[[0, 0, 1, 1, 4, 5]]), "several labels"),
    ],
)
def test_the_data_of_every_job_are_looked_at_before_any_is_trained(
    second: Dataset, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(*_: Any, **__: Any) -> None:
        raise AssertionError("training has begun")

    monkeypatch.setattr(pool, "work", work)
    jobs = [dataclasses.replace(JOB, data_seed=seed) for seed in range(2)]
    with pytest.raises(BadInput, match=says):
        train(jobs, data=[data(), second])


def test_jobs_with_other_numbers_of_test_points_learn_side_by_side() -> None:
    jobs = [dataclasses.replace(JOB, data_seed=seed, max_ticks=3) for seed in range(2)]
    few = Dataset("own", INPUTS[:4], LABELS[:4], INPUTS[4:5], LABELS[4:5])
    runs = train(jobs, data=[data(), few], workers=1)
    assert [len(run.F_test) for run in runs if run.F_test is not None] == [2, 1]


@pytest.mark.parametrize("at", ["y_train", "y_test"])
@pytest.mark.parametrize("labels", [(LABELS > 0).astype(float), (LABELS > 0).astype(int)])
def test_other_labels_are_refused_wherever_they_are(at: str, labels: np.ndarray) -> None:
    good = data()
    bad = Dataset(
        "own",
        good.x_train,
        labels[:4] if at == "y_train" else good.y_train,
        good.x_test,
        labels[4:] if at == "y_test" else good.y_test,
    )
    with pytest.raises(BadInput, match=r"\+1 or -1"):
        train([JOB], data=[bad])


@pytest.mark.parametrize("row", [1, 5])
def test_inputs_that_are_not_finite_are_named(row: int) -> None:
    x = INPUTS.copy()
    x[row, 0] = np.nan
    with pytest.raises(BadInput, match=r"1 of . rows are not finite"):
        train([JOB], data=[data(x)])


def test_a_diverged_run_has_nothing_right() -> None:
    way = {"dynamics": "sgd", "lr": 1e3, "decay_every": None, "max_ticks": 30, "bias": False}
    run = train([Job("digits10pca", P=20, widths=(8, 8, 8), precision="float32", **way)])[0]
    assert run.result == "NON_FINITE"
    assert run.F_test is not None
    assert not np.isfinite(run.F_test).any()
    assert (run.test_error, run.misclassified, run.unsatisfied) == (1.0, 20, 20)
    assert not np.isfinite(run.loss)
    assert not run.fitted


def test_usable_gives_the_network_itself() -> None:
    net = Net()
    assert usable(net) is net
