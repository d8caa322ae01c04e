"""Networks with an output for each class, from the job to the trajectory: symmetries and limits."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.data.names import IMAGES, class_count, pixels
from jamming.data.sources import raw
from jamming.dynamics.optimiser import adam, sgd
from jamming.dynamics.rkc import RKC
from jamming.execution import vmapped
from jamming.models.networks import CNN, FC, STRIDES, Params
from jamming.models.padding import shapes
from jamming.models.parametrisation import plain
from jamming.objectives.losses import LOSSES, Loss
from jamming.objectives.predictor import Network, predictor
from jamming.objectives.problem import Problem, Result, State, Stepper, judged
from jamming.training.build import task_of
from jamming.training.spec import Job
from jamming.training.train import train

RNG = np.random.default_rng(2)
X = jnp.asarray(RNG.normal(size=(30, 6)))
Y = RNG.integers(0, 4, 30).astype(np.int32)
STEPPERS = {
    "adam": adam(1e-2, max_ticks=60),
    "sgd": sgd(0.1, max_ticks=60, batch=10),
    "flow": RKC(60),
}

JOB = Job("digits", 100, (6, 6), loss="cross_entropy", max_ticks=40, test_points=200)


def end(stepper: Stepper[Any], net: Network, w0: Params, loss: Loss, y: np.ndarray) -> State:
    """Where a network that learns X ends."""
    problem = vmapped.stack([Problem(predictor(net, w0), loss, X, jnp.asarray(y))])
    *_, last = vmapped.run(stepper, problem, jax.random.split(jax.random.key(1), 1))
    return vmapped.lane(last, 0)


def network(c: int) -> tuple[FC, Params]:
    net = FC(h=7, L=2, c=c, bias=True, parametrisation=plain())
    return net, net.init(jax.random.key(0), X)


@pytest.mark.parametrize(
    ("loss", "dynamics"),
    [
        (LOSSES["cross_entropy"], "adam"),
        (LOSSES["cross_entropy"], "sgd"),
        (LOSSES["multiclass_hinge"], "adam"),
        (LOSSES["multiclass_hinge"], "flow"),
        (LOSSES["multiclass_linear_hinge"], "sgd"),
    ],
    ids=lambda each: getattr(each, "name", each),
)
def test_the_names_of_the_classes_do_not_matter(loss: Loss, dynamics: str) -> None:
    net, w = network(4)
    one = end(STEPPERS[dynamics], net, w, loss, Y)
    new = np.array([2, 0, 3, 1], np.int32)  # of the classes 0, 1, 2, 3
    moved = w["params"] | {k: w["params"][k].at[..., new].set(w["params"][k]) for k in ("W3", "B3")}
    other = end(STEPPERS[dynamics], net, {"params": moved}, loss, new[Y])
    F, G = net.apply(one.v, X), net.apply(other.v, X)
    assert float(jnp.max(jnp.abs(F - net.apply(w, X)))) > 0.1  # it has learnt
    np.testing.assert_allclose(G[:, new], F, rtol=1e-6, atol=1e-9)
    assert float(other.loss) == pytest.approx(float(one.loss), rel=1e-8)
    assert int(other.unsatisfied) == int(one.unsatisfied)
    assert int(other.ticks) == int(one.ticks)


@dataclass(frozen=True)
class Difference:
    """f_1 - f_0 of a network with two outputs."""

    net: FC

    def init(self, key: Any, x: Array, /) -> Any:
        return self.net.init(key, x)

    def apply(self, w: Params, x: Array, /) -> Any:
        f = self.net.apply(w, x)
        return f[:, 1] - f[:, 0]


@pytest.mark.parametrize("dynamics", ["adam", "sgd"])
def test_cross_entropy_of_two_classes_is_the_logistic_loss_of_the_difference(dynamics: str) -> None:
    net, w = network(2)
    y = (Y % 2).astype(np.int32)
    two = end(STEPPERS[dynamics], net, w, LOSSES["cross_entropy"], y)
    one = end(
        STEPPERS[dynamics], Difference(net), w, LOSSES["logistic"], np.where(y == 1, 1.0, -1.0)
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12), two.v, one.v)
    assert float(two.loss) == pytest.approx(float(one.loss), rel=1e-10)
    assert int(two.unsatisfied) == int(one.unsatisfied)
    assert int(two.ticks) == int(one.ticks)
    assert int(two.result) == int(one.result)


@pytest.mark.parametrize(
    ("loss", "architecture"), [("cross_entropy", "fc"), ("multiclass_hinge", "cnn")]
)
def test_a_network_in_its_bucket_learns_the_classes_as_it_would_alone(
    loss: str, architecture: str
) -> None:
    job = dataclasses.replace(JOB, loss=loss, architecture=architecture)
    (run,) = train([job])
    data, net = job.data(), job.network()
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    w0 = net.init(job.init_key(), x[:1])
    problem = vmapped.stack([Problem(predictor(net, w0), job.loss_function(), x, y)])
    *_, last = vmapped.run(job.stepper(), problem, job.batch_key()[None])
    alone = net.apply(vmapped.lane(last, 0).v, jnp.asarray(data.x_test))
    assert run.F_train is not None
    assert run.F_test is not None
    assert run.F_train.shape == (100, 10)
    np.testing.assert_allclose(run.F_test, alone, rtol=1e-8, atol=1e-10)
    assert run.ticks == int(last.ticks[0])
    assert run.test_error == np.mean(np.argmax(alone, -1) != data.y_test)
    assert run.y_test is not None
    assert run.y_test.tolist() == data.y_test.tolist()
    d, weights = (64, 64 * 6 + 36 + 60), (25 * 6 + 25 * 36 + 60)
    assert run.N == (weights if architecture == "cnn" else d[1])


def test_labels_of_classes_stay_integers() -> None:
    task = task_of(JOB, JOB.data())
    assert task.problem.y.dtype == task.extra.y_test.dtype == jnp.int32
    assert task.problem.y[:12].tolist() == [*range(10), 0, 1]
    binary = dataclasses.replace(JOB, loss="logistic")
    task = task_of(binary, binary.data())
    assert task.problem.y.dtype == task.extra.y_test.dtype == jnp.float64


# When a run ends


def test_until_the_budget_a_fit_goes_on_and_is_a_fit_at_the_end() -> None:
    fitted = dataclasses.replace(JOB, P=40, max_ticks=200)
    one, other = train([fitted, dataclasses.replace(fitted, until="budget")])
    assert one.result == other.result == "FITTED"
    assert one.ticks < other.ticks == 200
    assert one.unsatisfied == other.unsatisfied == 0
    assert other.loss < one.loss / 2
    # as long as the first one runs both are the same run
    n = one.snapshot_ticks.index(one.ticks)
    assert other.snapshot_loss[:n] == one.snapshot_loss[:n]
    assert 0 < n < len(other.snapshot_loss) - 2


@pytest.mark.parametrize("until_fitted", [True, False])
@pytest.mark.parametrize(
    ("left", "vanished", "spent", "until", "budget"),
    [
        (0, False, False, Result.FITTED, Result.RUNNING),
        (0, False, True, Result.FITTED, Result.FITTED),
        (0, True, False, Result.FITTED, Result.FITTED),
        (3, False, False, Result.RUNNING, Result.RUNNING),
        (3, False, True, Result.OUT_OF_BUDGET, Result.OUT_OF_BUDGET),
        (3, True, True, Result.CONVERGED_UNFITTED, Result.CONVERGED_UNFITTED),
    ],
)
def test_the_result_of_a_state(
    left: int, vanished: bool, spent: bool, until: Result, budget: Result, until_fitted: bool
) -> None:
    zero, none = jnp.zeros(()), jnp.zeros((), int)
    end = judged(
        State({}, zero, jnp.asarray(left), none, zero, none, {"W": zero}),
        vanished=jnp.asarray(vanished),
        out_of_budget=jnp.asarray(spent),
        until_fitted=until_fitted,
    )
    assert Result(int(end.result)) is (until if until_fitted else budget)


# Names and shapes


@pytest.mark.parametrize("base", ["digits", "mnist", "cifar10"])
def test_what_a_name_says_is_what_the_data_have(base: str) -> None:
    try:
        data = raw(base)
    except BadInput as reason:
        pytest.skip(str(reason))
    assert len(np.unique(data.labels)) == class_count(base) == class_count(f"{base}_7pca")
    assert data.images[0].size == np.prod(pixels(base))
    assert data.images.shape[1:3] == pixels(base)[:2]


def test_of_letters_there_are_26() -> None:
    assert {name: about.classes for name, about in IMAGES.items() if about.classes != 10} == {
        "emnist": 26
    }


@pytest.mark.parametrize(
    ("L", "dataset"), [(1, "digits"), (2, "digits"), (3, "mnist"), (4, "cifar10")]
)
def test_a_cnn_by_name_finds_room_in_its_images(L: int, dataset: str) -> None:
    job = Job(dataset, 10, (4,) * L, architecture="cnn", loss="cross_entropy")
    net = job.network()
    assert isinstance(net, CNN)
    assert net.strides == STRIDES[L]
    x = jax.ShapeDtypeStruct((3, *pixels(dataset)), np.float64)
    w = shapes(net, x)
    assert jax.eval_shape(net.apply, w, x).shape == (3, 10)
    binary = dataclasses.replace(job, loss="linear_hinge").network()
    assert jax.eval_shape(binary.apply, shapes(binary, x), x).shape == (3,)


def test_a_binary_cnn_learns_images_at_any_alpha() -> None:
    job = dataclasses.replace(JOB, architecture="cnn", loss="soft_hinge", parametrisation="ntp")
    small, large = train([dataclasses.replace(job, alpha=a, lr=1e-2 / a) for a in (1.0, 100.0)])
    for run in (small, large):
        assert run.snapshot_norm[0] == 0  # F = alpha (f - f0)
        assert run.loss < 0.7 * run.snapshot_loss[0]
    assert large.weight_change is not None
    assert small.weight_change is not None
    assert large.weight_change < small.weight_change / 10


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dataset": "random"}, "no classes"),
        ({"dataset": "random5"}, "no classes"),
        ({"dataset": "nothing"}, "unknown data set"),
        ({"architecture": "mlp"}, "architecture"),
        ({"architecture": "cnn", "dataset": "digits10pca"}, "no pixels"),
        ({"architecture": "cnn", "dataset": "random5", "loss": "logistic"}, "no pixels"),
        ({"architecture": "cnn", "widths": (4, 5)}, "one width"),
        ({"architecture": "cnn", "widths": (4,) * 5}, "1 to 4 layers"),
        ({"until": "dawn"}, "until"),
        ({"until": "budget", "dynamics": "flow"}, "flow"),
        (
            {
                "architecture": "cnn",
                "loss": "soft_hinge",
                "parametrisation": "ntp",
                "model_kind": "kernel_infinite",
                "dynamics": "euler",
            },
            "infinite width",
        ),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_one_line(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        dataclasses.replace(JOB, **changes)
    assert "\n" not in str(refused.value)


def test_images_too_small_for_their_filters_are_refused() -> None:
    job = dataclasses.replace(JOB, architecture="cnn", widths=(4, 4, 4))
    with pytest.raises(BadInput, match="finds no room"):
        train([job])


def test_sweeps_of_two_labels_refuse_several_classes() -> None:
    JOB_OF_TWO = dataclasses.replace(JOB, loss="logistic")
    JOB_OF_TWO.binary_only()
    with pytest.raises(BadInput, match=r"several classes.*sweeps\.transition classes"):
        JOB.binary_only()
