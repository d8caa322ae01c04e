"""What is given by mistake is refused before anything is computed, at all doors of the core."""

from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data.dataset import Dataset, load
from jamming.data.preprocess import prepare, principal_components
from jamming.dynamics.optimiser import adam, sgd
from jamming.execution import vmapped
from jamming.kernels.empirical import ntk, tangent_kernels
from jamming.kernels.frozen import kernel_problem, square_loss
from jamming.models.counting import count, n_weights
from jamming.models.networks import FC
from jamming.models.reparametrised import Reparametrised, abc
from jamming.nstar.config import Search
from jamming.nstar.ladder import OwnLadder, nearest
from jamming.nstar.search import find_nstar
from jamming.objectives.losses import LOSSES, misclassified, quadratic_hinge
from jamming.objectives.predictor import Linearised, predictor
from jamming.objectives.problem import Problem
from jamming.observables.cusps import density
from jamming.observables.effective import n_effective
from jamming.observables.ensembles import inflation
from jamming.observables.hessian import gram_spectrum, split
from jamming.observables.initial import (
    distance_to_frozen,
    gradient_scales,
    kernel_fluctuations,
    output_fluctuations,
    velocities,
)
from jamming.observables.lanczos import Hessian, extremes
from jamming.random_features.harmonics import harmonics
from jamming.training.custom import listed
from jamming.training.spec import Job
from jamming.training.train import train

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
Y = np.where(X[:, 0] > 0, 1.0, -1.0)
NET = FC(h=6, L=2, bias=True)
W = NET.init(jax.random.key(0), jnp.asarray(X[:1]))
JOB = Job("own", P=20, widths=(8,), max_ticks=3, label="own", dynamics="flow", loss="soft_hinge")


def data(x: Any = X, y: Any = Y, P: int = 20) -> Dataset:
    return Dataset("own", x[:P], y[:P], x[P:], y[P:])


def landscape(y: Any, loss: Any = None) -> Problem:
    return Problem(predictor(NET, W), loss or quadratic_hinge(), jnp.asarray(X), jnp.asarray(y))


# --- labels ---


@pytest.mark.parametrize("truth", [Y > 0, (Y > 0).astype(int), (Y > 0).astype(float)])
@pytest.mark.parametrize(
    "use",
    [
        lambda y: misclassified(jnp.asarray(X[:, 0]), y),
        lambda y: quadratic_hinge().unsatisfied(jnp.asarray(X[:, 0]), y),
        lambda y: quadratic_hinge().mean(jnp.asarray(X[:, 0]), y, jnp.ones(())),
        lambda y: LOSSES["square"].mean(jnp.asarray(X[:, 0]), y, jnp.ones(())),
        lambda y: split(landscape(y), W),
        lambda y: gram_spectrum(landscape(y), W),
        lambda y: velocities(landscape(y)),
        lambda y: extremes(Hessian(landscape(y), W), 1, jax.random.key(0)),
        lambda y: vmapped.start(
            sgd(0.1, max_ticks=2, batch=None), vmapped.stack([landscape(y)]), KEYS
        ),
    ],
)
def test_truth_values_are_no_labels(use: Callable[[Any], Any], truth: Any) -> None:
    with pytest.raises(BadInput, match=r"must be \+1 or -1"):
        use(jnp.asarray(truth))


KEYS = jax.random.key(0)[None]


@pytest.mark.parametrize(
    "loss", [LOSSES["cross_entropy"], LOSSES["multiclass_hinge"]], ids=lambda loss: loss.name
)
@pytest.mark.parametrize(
    "use",
    [
        lambda loss, y: loss.per_sample(jnp.eye(3), y),
        lambda loss, y: misclassified(jnp.eye(3), y),
        lambda loss, y: vmapped.start(
            sgd(0.1, max_ticks=2, batch=None),
            vmapped.stack([Problem(predictor(*three()), loss, jnp.asarray(X[:3]), y)]),
            KEYS,
        ),
    ],
)
def test_a_class_without_an_output_is_named(loss: Any, use: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(BadInput, match=r"label 3, and 3 outputs are for the classes 0 to 2"):
        use(loss, jnp.array([1, 2, 3]))


def three() -> tuple[FC, Any]:
    net = FC(h=4, L=1, c=3)
    return net, net.init(jax.random.key(0), jnp.asarray(X[:1]))


def test_labels_are_stored_as_they_are() -> None:
    job = Job("own", P=20, widths=(8,), max_ticks=2, label="own", dynamics="flow", loss="square")
    values = 3 * X[:, 0]
    (run,) = train([job], data=data(y=values))
    np.testing.assert_array_equal(run.y_test, values[20:])
    (run,) = train([JOB], data=data())
    assert run.y_test is not None
    assert run.y_test.dtype == np.int8


def test_lists_are_labels_and_outputs() -> None:
    assert misclassified([1.0, -2.0, 3.0], [1, 1, 1]).tolist() == [False, True, False]  # type: ignore[arg-type]


# --- own networks ---


class UserSupplied(nn.Module):
    """Of a kind that cannot be trained."""

    kind: str

    @nn.compact
    def __call__(self, x: Any) -> Any:
        if self.kind == "no parameters":
            return x[:, 0]
        if self.kind == "integers":
            mask = self.param("mask", lambda key: jnp.ones(x.shape[1], int))
            return nn.Dense(1)(x * mask[None])[:, 0]
        if self.kind == "complex parameters":
            c = self.param("c", lambda key: jnp.ones(x.shape[1], complex))
            return jnp.real(x @ c)
        half = {"param_dtype": jnp.float16} if self.kind == "half" else {}
        out = nn.Dense(1, **half)(x)
        match self.kind:
            case "complex outputs":
                return out[:, 0] * (1 + 1j)
            case "truth values":
                return out[:, 0] > 0
            case "squeezed":
                return out.squeeze()
        return out


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("no parameters", "no parameters"),
        ("integers", "parameters of int"),
        ("complex parameters", "parameters of complex"),
        ("half", "parameters of float16"),
        ("complex outputs", "outputs of complex"),
        ("truth values", "outputs of bool"),
        ("squeezed", r"shape \[\] for inputs of shape \[1, 3\]"),
    ],
)
def test_an_own_network_that_cannot_be_trained_is_refused(kind: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        train([JOB], data=data(), net=UserSupplied(kind))


def test_an_own_network_learns_in_the_precision_of_the_job() -> None:
    (run,) = train([JOB], data=data(), net=UserSupplied("plain"), weights=True)
    assert run.w is not None
    assert run.w.dtype == np.float64


@pytest.mark.parametrize(
    "make",
    [lambda h: UserSupplied("plain"), lambda h: None, lambda h: nn.Dense(h / 2)],
    ids=range(3),
)
def test_networks_that_do_not_grow_with_their_width_end_the_search(make: Any) -> None:
    with pytest.raises(BadInput):
        nearest(OwnLadder(make=make, shape=(3,)), 100.0)


def test_batch_statistics_are_no_parameters() -> None:
    class Normed(nn.Module):
        @nn.compact
        def __call__(self, x: Any) -> Any:
            return nn.Dense(1)(nn.BatchNorm(use_running_average=True)(x))[:, 0]

    x = jnp.asarray(X[:4])
    w = Normed().init(jax.random.key(0), x)
    uses: list[Callable[[], Any]] = [
        lambda: ntk(Normed().apply, w, x),
        lambda: tangent_kernels(Normed(), w, x, x),
        lambda: n_effective(Normed(), w, x),
        lambda: count(w),
    ]
    for use in uses:
        with pytest.raises(BadInput, match="batch_stats"):
            use()


def test_the_kernel_is_computed_in_the_precision_of_the_weights() -> None:
    x = np.arange(12).reshape(4, 3).astype(np.uint8)
    w = UserSupplied("plain").init(jax.random.key(0), jnp.ones((1, 3), jnp.float32))
    kernels = [ntk(_outputs, w, of) for of in (x, x.astype(np.float32), x.astype(np.float64))]
    for kernel in kernels:
        assert kernel.dtype == np.float32
        np.testing.assert_array_equal(kernel, x.astype(float) @ x.T + 1)


def _outputs(w: Any, x: Any) -> Any:
    return UserSupplied("plain").apply(w, x)[:, 0]  # type: ignore[index]


@pytest.mark.parametrize(
    "use",
    [
        lambda: NET.apply(W, jnp.ones((2, 4))),
        lambda: NET.difference(W, W, jnp.ones((2, 4))),
        lambda: gradient_scales(UserSupplied("plain"), W, X),  # type: ignore[arg-type]
    ],
)
def test_inputs_of_another_dimension_and_networks_of_no_layers(use: Callable[[], Any]) -> None:
    with pytest.raises(BadInput):
        use()


# --- data of one's own ---


def unchecked(*fields: Any) -> Dataset:
    """As outside of tests, where the shapes of annotations are not looked at."""
    made = object.__new__(Dataset)
    for name, value in zip(("name", "x_train", "y_train", "x_test", "y_test"), fields, strict=True):
        object.__setattr__(made, name, value)
    return made


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (data(P=30), "30 training points, and P = 20"),
        (unchecked("own", X[:20], Y[:20], X[20:, :2], Y[20:]), "test points"),
        (unchecked("own", X[:20], Y[:20, None], X[20:], Y[20:]), r"y_train has shape \[20, 1\]"),
        (unchecked("own", X[:20], Y[:20], X[20:], Y[30:]), r"y_test has shape \[30\]"),
        ([], "one for each"),
        ((X, Y), "one for each"),
        (data(x=np.r_[X[:10], X[:10], X[20:]]), "several labels"),
        (data(x=X * 1e39), "too large for float32"),
    ],
    ids=range(8),
)
def test_own_data_that_do_not_fit_the_job(given: Any, said: str) -> None:
    job = Job("own", P=20, widths=(8,), max_ticks=3, label="own", precision="float32")
    if "several" in said:
        y = np.r_[np.ones(10), -np.ones(10)]  # equal in float32 alone
        given = Dataset("own", given.x_train * (1 + 1e-12 * y[:, None]), y, X, Y)
    with pytest.raises(BadInput, match=said):
        train([job], data=given)


class Unhashable(nn.Module):
    table: Any

    @nn.compact
    def __call__(self, x: Any) -> Any:
        return nn.Dense(1)(x)[:, 0]


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize("jobs", [JOB, 3, [JOB, "job"], "job"], ids=range(4))
def test_a_list_of_jobs_is_trained(jobs: Any) -> None:
    with pytest.raises(BadInput, match=r"give \[job\]"):
        train(jobs)


def test_a_network_that_does_not_hash_is_refused_before_it_is_compiled() -> None:
    net = Unhashable(np.arange(3))
    for measured in (
        lambda: tangent_kernels(net, W, X, X),
        lambda: kernel_fluctuations(net, jax.random.split(jax.random.key(0), 2), X),
        lambda: output_fluctuations(net, jax.random.split(jax.random.key(0), 2), X),
        lambda: distance_to_frozen(net, W, X, Y, X, Y),
    ):
        with pytest.raises(BadInput, match=r"do not hash \(table\)"):
            measured()


@pytest.mark.usefixtures("unannotated")
def test_jobs_may_come_one_by_one() -> None:
    assert train(job for job in ()) == []
    assert listed(iter((JOB, JOB))) == [JOB, JOB]


@pytest.mark.usefixtures("unannotated")
def test_a_search_takes_a_config_and_a_function_of_the_width() -> None:
    with pytest.raises(BadInput, match=r"give jamming\.Search"):
        find_nstar(JOB)  # type: ignore[arg-type]
    config = Search(JOB, P=(20,), depths=(1,), seeds=1)
    with pytest.raises(BadInput, match="kept in a store"):
        find_nstar(config, store="folder")  # type: ignore[arg-type]
    for one in (UserSupplied("plain"), 3):
        with pytest.raises(BadInput, match="made by a function"):
            find_nstar(config, data=(X, Y), make_network=one)  # type: ignore[arg-type]
    assert OwnLadder(make=UserSupplied, shape=(3,)).make is UserSupplied


def test_an_error_in_making_a_network_is_one_line() -> None:
    def make(which: Any) -> Any:
        raise KeyError(f"no\n{type(which).__name__}")

    with pytest.raises(BadInput, match=r"width 1 cannot be made: KeyError: .no.*int"):
        nearest(OwnLadder(make=make, shape=(3,)), 100.0)
    with pytest.raises(BadInput, match=r"cannot be made: KeyError: .no.*Job"):
        train([JOB], data=data(), net=make)


def test_a_search_takes_a_pair() -> None:
    config = Search(JOB, P=(20,), depths=(1,), seeds=1)
    for given in (data(), (X, Y, 1)):
        with pytest.raises(BadInput, match="pair"):
            find_nstar(config, data=given)  # type: ignore[arg-type]


@pytest.mark.parametrize("shift", [1e4, 1e6, 1e8])
def test_principal_components_do_not_depend_on_the_origin(shift: float) -> None:
    x = rng.normal(size=(200, 5))
    moved = np.abs(principal_components(x + shift, 3) - principal_components(x, 3)).max()
    assert moved < 1e-15 * shift * 1e3


@pytest.mark.parametrize("labels", [Y, Y > 0, np.ones(60), 2 * np.arange(60)], ids=range(4))
def test_labels_that_are_all_even_or_odd_want_a_choice(labels: Any) -> None:
    if np.unique(labels).size == 1:
        prepare(X, labels)
        return
    with pytest.raises(BadInput, match="positive"):
        prepare(X, labels)


def test_random_points_have_two_dimensions_at_least() -> None:
    with pytest.raises(BadInput, match="raise d"):
        load("random1", 10)


# --- dynamics ---


@pytest.mark.parametrize("batch", [1, 5])
def test_a_frozen_kernel_learns_from_all_points(batch: int) -> None:
    theta = X[:20] @ X[:20].T
    problems = vmapped.stack([kernel_problem(theta, Y[:20], quadratic_hinge())])
    for stepper in (sgd(0.1, max_ticks=2, batch=batch), adam(0.1, max_ticks=2)):
        with pytest.raises(BadInput, match="frozen kernel"):
            vmapped.start(stepper, problems, KEYS)
    for wrong in ({"dynamics": "sgd", "batch": batch}, {"dynamics": "adam"}):
        with pytest.raises(BadInput, match="frozen kernel"):
            Job("own", P=20, widths=(8,), model_kind="kernel_init", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("dynamics", ["adam", "flow", "euler"])
def test_a_batch_is_of_sgd(dynamics: str) -> None:
    with pytest.raises(BadInput, match="batch is of sgd"):
        Job("own", P=20, widths=(8,), dynamics=dynamics, batch=5)


def test_rates_made_for_the_gradient_stay_so_when_linearised() -> None:
    net = Reparametrised(FC(h=4, L=2), abc("mup", 2))
    w = net.init(jax.random.key(0), jnp.asarray(X[:1]))
    problem = Problem(
        predictor(Linearised(net, w), w), LOSSES["square"], jnp.asarray(X), jnp.asarray(Y)
    )
    with pytest.raises(BadInput, match="along the gradient"):
        adam(0.1, max_ticks=2).init(problem, jax.random.key(0))


def test_numbers_of_numpy_and_jax_are_rates() -> None:
    for one in (np.array(0.01), jnp.float32(0.01), np.float64(0.01)):
        assert adam(one, max_ticks=np.int64(10)) == adam(float(one), max_ticks=10)  # type: ignore[arg-type]
    assert sgd(0.1, max_ticks=9, batch=np.array(4)) == sgd(0.1, max_ticks=9, batch=4)  # type: ignore[arg-type]


@pytest.mark.parametrize("alpha", [1e20, 1e-25, "five", [1.0, 2.0], 0.0, -1.0])
def test_an_alpha_whose_square_is_out_of_range_is_refused(alpha: Any) -> None:
    w = jax.tree.map(lambda a: a.astype(jnp.float32), W)
    with pytest.raises(BadInput, match="alpha"):
        predictor(NET, w, alpha)


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize("keys", [3, [3], None, jax.random.key(0), KEYS[:0], np.arange(1)])
def test_lanes_want_a_key_each(keys: Any) -> None:
    stepper, lanes = sgd(0.1, max_ticks=2, batch=None), vmapped.stack([landscape(Y)])
    with pytest.raises(BadInput, match=r"give jax\.random\.split\(jax\.random\.key\(seed\), 1\)"):
        vmapped.start(stepper, lanes, keys)


@pytest.mark.usefixtures("unannotated")
def test_lanes_are_stacked() -> None:
    stepper, one = sgd(0.1, max_ticks=2, batch=None), landscape(Y)
    for given in (one, [one]):
        with pytest.raises(BadInput, match=r"give vmapped\.stack"):
            next(vmapped.run(stepper, given, KEYS))


def test_nothing_cannot_be_learnt() -> None:
    empty = Problem(predictor(NET, W), quadratic_hinge(), jnp.ones((0, 3)), jnp.ones(0))
    with pytest.raises(BadInput, match="nothing to learn"):
        vmapped.start(sgd(0.1, max_ticks=2, batch=None), vmapped.stack([empty]), KEYS)


# --- matrices, numbers, arrays ---


def test_a_kernel_is_symmetric_and_has_no_negative_eigenvalues() -> None:
    K = X @ X.T
    for wrong in (np.triu(K), -K):
        with pytest.raises(BadInput, match="theta"):
            square_loss(wrong, K, Y, 0 * Y, 0 * Y)
    with pytest.raises(BadInput, match="not symmetric"):
        kernel_problem(np.triu(K), Y, quadratic_hinge())


@pytest.mark.parametrize("runs", [np.ones(4), [], [np.zeros(4)], [np.empty(0)]], ids=range(4))
def test_densities_are_of_runs(runs: Any) -> None:
    with pytest.raises(BadInput, match="runs"):
        density(runs, np.linspace(-3, 3, 9))


def test_counts_do_not_wrap() -> None:
    assert n_weights(10, np.array([200, 200], np.uint8), 2) == 42_200
    assert n_weights(np.int64(10), np.int64(4), 2) == n_weights(10, 4, 2) == 60
    with pytest.raises(BadInput, match="2 widths, not 3"):
        n_weights(10, (4, 4, 4), 2)


@pytest.mark.parametrize("bad", [(2, -3), (0, 5), (1.5, 2)])
def test_averages_are_of_networks(bad: Any) -> None:
    with pytest.raises(BadInput):
        inflation(*bad)


def test_degrees_of_an_activation_take_any_integer() -> None:
    phi = NET.activation
    assert harmonics(phi, np.array(10)) is harmonics(phi, 10)
