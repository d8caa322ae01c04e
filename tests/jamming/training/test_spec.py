"""A job's name, its checks, and the objects that it describes."""

import dataclasses
import hashlib
import itertools
import json
import os
import subprocess
import sys
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.data import load
from jamming.dynamics.euler import Euler
from jamming.dynamics.optimiser import Optimiser
from jamming.dynamics.rkc import RKC
from jamming.models.padding import extract, shapes
from jamming.objectives.problem import Problem
from jamming.training.build import task_of
from jamming.training.parts import MODEL_KINDS, Learning, Sample, flat
from jamming.training.spec import VERSION, Job
from jamming.training.train import train

BASE = Job("digits10pca", 40, (5, 4))

# for every field of a job another valid value
ALTERED: dict[str, Any] = {
    "dataset": "digits9pca",
    "P": 41,
    "widths": (4, 5),
    "data_seed": 1,
    "init_seed": 1,
    "batch_seed": 1,
    "positive": (1, 2),
    "label_noise": 0.25,
    "whiten": False,
    "test_points": 1999,
    "activation": "tanh",
    "normalised": True,
    "parametrisation": "ntp",
    "init": "xavier",
    "bias": False,
    "alpha": 1.0,
    "loss": "linear_hinge",
    "margin": 0.25,
    "slack": 0.0,
    "dynamics": "sgd",
    "max_ticks": 20_001,
    "lr": 0.0031,
    "decay_every": None,
    "batch": 10,
    "tol": 0.02,
    "tol_output": 0.2,
    "tol_gradient": 1e-3,
    "tau": 0.5,
    "flow_time": 10.0,
    "precision": "float32",
    "model_kind": "kernel_init",
    "kernel_points": 5,
    "label": "own",
    "architecture": "cnn",
    "until": "budget",
    "weight_decay": 1e-3,
    "constant": True,
    "compression": 2.0,
}

# what such a value asks of the other fields
TOGETHER: dict[str, dict[str, Any]] = {
    "architecture": {"dataset": "digits", "widths": (5, 5)},
    "batch": {"dynamics": "sgd"},
    "model_kind": {"dynamics": "flow"},
    "constant": {"dataset": "stripe5"},
    "compression": {"dataset": "stripe5"},
}


def test_the_list_of_altered_fields_is_complete() -> None:
    assert set(ALTERED) == set(Job.names())


@pytest.mark.parametrize("name", ALTERED)
def test_the_key_changes_with_every_field(name: str) -> None:
    base = dataclasses.replace(BASE, **TOGETHER.get(name, {}))
    other = dataclasses.replace(base, **{name: ALTERED[name]})
    assert other != base
    assert other.key != base.key


def test_without_a_decay_of_the_weights_the_key_is_that_of_before() -> None:
    fields = fields_of_before() | {"version": VERSION["fc"]}
    known = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]
    assert BASE.key == known
    assert Job(**fields_of_before()).key == known


def fields_of_before() -> dict[str, Any]:
    """As a trajectory of that time was stored."""
    fields = dataclasses.asdict(BASE)
    del fields["learning"]["weight_decay"]
    return fields


def test_no_two_altered_jobs_share_a_key() -> None:
    jobs = [
        dataclasses.replace(BASE, **TOGETHER.get(name, {}), **{name: value})
        for name, value in ALTERED.items()
    ]
    assert len({job.key for job in jobs}) == len(jobs)


def test_a_field_is_one_of_its_part_and_of_the_job_by_one_name() -> None:
    job = Job("digits10pca", 40, (5, 4), lr=0.5, alpha=2.0)
    assert job.learning == Learning(lr=job.lr)
    assert job.sample == Sample("digits10pca", 40)
    other = job.replace(lr=0.25, P=50)
    assert other == Job("digits10pca", 50, (5, 4), lr=0.25, alpha=2.0)
    assert other == Job(sample=other.sample, model=job.model, objective=job.objective, lr=0.25)
    assert flat(dataclasses.asdict(job)) == {name: getattr(job, name) for name in Job.names()}
    assert Job(**json.loads(json.dumps(dataclasses.asdict(job)))) == job
    with pytest.raises(BadInput, match="sample = 3 is none: give a Sample"):
        Job(sample=3, widths=(4,))
    with pytest.raises(TypeError, match="'rate'"):
        job.replace(rate=1.0)
    with pytest.raises(TypeError, match="'widths'"):
        Job("digits10pca", 40)


def test_seeds_are_not_mixed_up_in_the_key() -> None:
    names = ("data_seed", "init_seed", "batch_seed")
    seeds = itertools.product(range(3), repeat=3)
    jobs = [dataclasses.replace(BASE, **dict(zip(names, s, strict=True))) for s in seeds]
    assert len({job.key for job in jobs}) == 27


def test_equal_jobs_have_equal_keys() -> None:
    again = Job(**{name: getattr(BASE, name) for name in Job.names()})
    assert again is not BASE
    assert again == BASE
    assert again.key == BASE.key
    assert hash(again) == hash(BASE)


@pytest.mark.parametrize("name", ["slack", "tau", "label_noise"])
def test_a_zero_has_no_sign(name: str) -> None:
    plus, minus = (dataclasses.replace(BASE, **{name: zero}) for zero in (0.0, -0.0))
    assert plus == minus
    assert plus.key == minus.key


@pytest.mark.usefixtures("unannotated")
def test_several_times_are_no_time() -> None:
    with pytest.raises(BadInput, match="flow_time"):
        dataclasses.replace(BASE, flow_time=np.array([1.0, 2.0]))


def python(code: str, **environment: str) -> str:
    """What another process prints; without the type checks of the tests."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_the_key_is_the_same_in_every_process() -> None:
    code = "from jamming.training.spec import Job; print(Job('digits10pca', 40, (5, 4)).key)"
    assert python(code, PYTHONHASHSEED="1") == BASE.key


def test_numbers_that_are_equal_give_equal_keys() -> None:
    code = """
import json
import numpy as np
from jamming.training.spec import Job
a = Job('random5', 40, (5,), margin=1.0, lr=1.0, alpha=10.0, flow_time=5.0)
others = [
    lambda: Job('random5', 40, (5,), margin=1, lr=1, alpha=10, flow_time=5),
    lambda: Job('random5', np.int64(40), (np.int64(5),), margin=np.float64(1), lr=1.0,
                alpha=10.0, flow_time=5.0),
]
said = []
for make in others:
    try:
        b = make()
        said.append([a == b, a.key == b.key])
    except Exception as error:
        said.append([repr(error)])
print(json.dumps(said))
"""
    assert json.loads(python(code)) == [[True, True], [True, True]]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"P": 0}, "P"),
        ({"P": -3}, "P"),
        ({"widths": ()}, "depth"),
        ({"widths": (3, 0)}, "layer 2"),
        ({"widths": (-1,)}, "layer 1"),
        ({"data_seed": -1}, "data_seed"),
        ({"init_seed": -1}, "init_seed"),
        ({"batch_seed": -1}, "batch_seed"),
        ({"test_points": 0}, "test_points"),
        ({"activation": "rleu"}, "rleu"),
        ({"activation": "softplus0"}, "softplus0"),
        ({"parametrisation": "mup"}, "mup"),
        ({"init": "kaiming"}, "kaiming"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": -1.0}, "alpha"),
        ({"alpha": float("nan")}, "alpha"),
        ({"alpha": float("inf")}, "alpha"),
        ({"loss": "hinge"}, "hinge"),
        ({"loss": "cross_entropy", "margin": 0.5}, "cross_entropy"),
        ({"loss": "multiclass_hinge", "dataset": "random"}, "classes"),
        ({"loss": "logistic", "margin": 0.5}, "margin"),
        ({"margin": 0.0}, "margin"),
        ({"margin": -1.0}, "margin"),
        ({"margin": float("nan")}, "margin"),
        ({"margin": float("inf")}, "margin"),
        ({"slack": 1.0}, "slack"),
        ({"slack": -0.1}, "slack"),
        ({"slack": float("nan")}, "slack"),
        ({"dynamics": "rmsprop"}, "rmsprop"),
        ({"max_ticks": 0}, "steps"),
        ({"lr": 0.0}, "learning rate"),
        ({"lr": -1.0}, "learning rate"),
        ({"lr": float("nan")}, "learning rate"),
        ({"lr": float("inf")}, "learning rate"),
        ({"decay_every": 0}, "0"),
        ({"decay_every": -1}, "-1"),
        ({"dynamics": "sgd", "batch": 0}, "batch"),
        ({"dynamics": "sgd", "batch": -1}, "batch"),
        ({"dynamics": "flow", "tol": 0.0}, "tol"),
        ({"dynamics": "flow", "tol": float("nan")}, "tol"),
        ({"dynamics": "flow", "flow_time": 0.0}, "time"),
        ({"dynamics": "flow", "flow_time": float("nan")}, "time"),
        ({"dynamics": "euler", "tol_output": 0.0}, "tol_output"),
        ({"dynamics": "euler", "tol_gradient": float("nan")}, "tol_gradient"),
        ({"dynamics": "euler", "flow_time": 0.0}, "time"),
        ({"dynamics": "euler", "tau": float("nan")}, "tau"),
        ({"precision": "float16"}, "float16"),
        ({"model_kind": "kernel"}, "kernel_init"),
        ({"kernel_points": -1}, "kernel_points"),
        ({"P": True}, "P = True"),
        ({"P": 2**31}, "too large"),
        ({"widths": (2**31,)}, "widths = 2147483648"),
        ({"widths": (4,) * 1001}, "depth = 1001"),
        ({"positive": (-1,)}, "positive = -1"),
        ({"max_ticks": 2**31}, "steps"),
        ({"init_seed": 2**32}, "init_seed"),
        ({"label_noise": float("nan")}, "label noise"),
        ({"lr": 1e16}, "learning rate"),
        ({"margin": 1e-30}, "margin"),
        ({"alpha": 1e101}, "alpha"),
        ({"alpha": 1e16, "precision": "float32"}, "alpha"),
        ({"alpha": 1e-16, "precision": "float32"}, "alpha"),
        ({"dynamics": "flow", "tol": 2.0}, "tol"),
        ({"dynamics": "flow", "tol": 1e-30}, "tol"),
        ({"dynamics": "sgd", "batch": 41}, "batch = 41"),
        ({"dynamics": "euler", "tau": -1.0}, "tau"),
    ],
)
def test_a_bad_value_is_refused_by_name_in_one_line(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput) as refusal:
        dataclasses.replace(BASE, **changes)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_numbers_of_numpy_and_one_for_several_stand_for_those_of_python() -> None:
    code = """
import json
import numpy as np
from jamming.training.spec import Job
plain = Job('random5', 40, (5, 4), positive=(1, 3), whiten=True, lr=0.5, init_seed=3)
again = Job('random5', np.int32(40), np.array([5, 4]), positive=np.array([1, 3]),
            whiten=np.bool_(True), lr=np.array(0.5), init_seed=np.uint8(3))
one = [Job('random5', 40, h) for h in (np.int64(4), 4, [4])]
print(json.dumps([plain == again, plain.key == again.key, one[0] == one[1] == one[2]]))
"""
    assert json.loads(python(code)) == [True] * 3


def test_what_is_no_number_is_refused_by_name() -> None:
    code = """
import json
from jamming.checks.errors import BadInput
from jamming.training.spec import Job
said = []
for name, value in (("P", 40.0), ("P", "40"), ("P", [40, 50]), ("widths", (4.0,)), ("widths", "45"),
                    ("widths", None), ("widths", [[4]]), ("whiten", 1), ("activation", None),
                    ("lr", True), ("lr", [1.0]), ("batch", 2.5), ("init_seed", None)):
    try:
        Job(**{"dataset": "random5", "P": 40, "widths": (4,), name: value})
        said.append("taken")
    except BadInput as error:
        said.append(str(error))
print(json.dumps(said))
"""
    names = ["P"] * 3 + ["widths"] * 4 + ["whiten", "activation"] + ["learning rate"] * 2
    said = json.loads(python(code))
    for name, line in zip([*names, "batch", "init_seed"], said, strict=True):
        assert line.startswith(f"{name} = ")


def test_what_was_valid_has_the_key_that_it_had() -> None:
    assert BASE.key == "2e6586fc53f70076f01c4577486ede3a"


def test_the_job_describes_its_network() -> None:
    x = jnp.asarray(BASE.data().x_train[:1])
    weights = BASE.network().init(jax.random.key(0), x)["params"]
    assert [weights[f"W{i}"].shape for i in (1, 2, 3)] == [(10, 5), (5, 4), (4, 1)]
    assert {"B1", "B2", "B3"} <= set(weights)
    no_bias = dataclasses.replace(BASE, bias=False).network()
    assert "B1" not in no_bias.init(jax.random.key(0), x)["params"]


@pytest.mark.parametrize(
    ("dynamics", "kind"),
    [("adam", Optimiser), ("sgd", Optimiser), ("flow", RKC), ("euler", Euler)],
)
def test_the_job_describes_its_dynamics_and_budget(dynamics: str, kind: type) -> None:
    stepper = dataclasses.replace(BASE, dynamics=dynamics, max_ticks=77, batch=None).stepper()
    assert isinstance(stepper, kind)
    assert stepper.max_ticks == 77


def test_jobs_that_differ_in_seeds_share_one_stepper() -> None:
    # otherwise each of them would compile anew
    one, two = BASE.stepper(), dataclasses.replace(BASE, init_seed=9, data_seed=3).stepper()
    assert one == two
    assert hash(one) == hash(two)


@pytest.mark.parametrize("dynamics", ["adam", "sgd", "flow", "euler"])
def test_so_do_jobs_that_differ_in_numbers_of_their_dynamics(dynamics: str) -> None:
    job = dataclasses.replace(BASE, dynamics=dynamics, decay_every=None, batch=None)
    others = {"lr": 0.7, "decay_every": 10, "tol": 0.3, "tol_gradient": 0.3, "flow_time": 2.0}
    other = dataclasses.replace(job, **others)
    assert job.kind_of_stepper() == other.kind_of_stepper()
    assert job.stepper() != other.stepper()
    assert job.numbers().keys() == other.numbers().keys()
    assert job.numbers() != other.numbers()


def test_the_training_set_is_that_of_the_named_data_and_seed() -> None:
    job = dataclasses.replace(BASE, data_seed=5, positive=(1, 2, 3), test_points=17)
    expected = load("digits10pca", 40, seed=5, positive=(1, 2, 3))
    np.testing.assert_array_equal(job.data().x_train, expected.x_train)
    np.testing.assert_array_equal(job.data().y_train, expected.y_train)
    np.testing.assert_array_equal(job.data().x_test, expected.x_test[:17])
    assert len(job.data().y_test) == 17


def test_random_data_without_dimension_has_that_of_the_first_layer() -> None:
    assert Job("random", 12, (7, 6)).data().x_train.shape == (12, 7)
    assert Job("random5", 12, (7, 6)).data().x_train.shape == (12, 5)


def test_weights_and_batches_have_different_keys_for_equal_seeds() -> None:
    keys = set()
    for seed in range(10):
        job = Job("random5", 6, (3,), init_seed=seed, batch_seed=seed)
        keys |= {tuple(jax.random.key_data(k).tolist()) for k in (job.init_key(), job.batch_key())}
    assert len(keys) == 20


def problem_of(job: Job) -> Problem:
    """What the job learns on."""
    return task_of(job, job.data()).problem


def w1(**changes: Any) -> Array:
    """First weights that a job starts from."""
    job = Job("random5", 6, (3,), **changes)
    w0 = problem_of(job).predictor.start()
    return extract(w0, shapes(job.network(), np.zeros((1, 5))))["params"]["W1"]


def test_initial_weights_depend_on_the_init_seed_alone() -> None:
    np.testing.assert_array_equal(w1(), w1(data_seed=4, batch_seed=5))
    assert not np.array_equal(w1(), w1(init_seed=1))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_problem_has_the_precision_of_the_job(precision: str) -> None:
    model_kinds = [{}, {"alpha": 2.0}] + [{"model_kind": name} for name in MODEL_KINDS[1:]]
    for changes in model_kinds:
        fixed = {
            "parametrisation": "ntp",
            "max_ticks": 9,
            "precision": precision,
            "dynamics": "sgd",
        }
        job = Job("random5", 6, (3,), **fixed, **changes)
        problem = problem_of(job)
        leaves = [problem.x, problem.y, *jax.tree.leaves(problem.predictor)]
        assert {leaf.dtype for leaf in leaves} == {np.dtype(precision)}


def test_only_the_ntp_has_a_kernel_of_infinite_width_here() -> None:
    with pytest.raises(BadInput, match="ntp"):
        Job(
            "random5", 6, (3,), model_kind="kernel_infinite", parametrisation="mfp", dynamics="flow"
        )


def test_the_problem_holds_the_data_of_every_job() -> None:
    jobs = [Job("random5", 6, (3,), data_seed=s) for s in range(3)]
    data = [job.data() for job in jobs]
    for job, d in zip(jobs, data, strict=True):
        task = task_of(job, d)
        np.testing.assert_array_equal(task.problem.x, d.x_train)
        np.testing.assert_array_equal(task.problem.y, d.y_train)
        np.testing.assert_array_equal(task.extra.x_test, d.x_test)
        np.testing.assert_array_equal(task.extra.y_test, d.y_test)


def test_float64_where_jax_has_it_off_is_refused() -> None:
    job = Job("random5", 6, (3,))
    with jax.enable_x64(False), pytest.raises(BadInput, match="jax_enable_x64"):
        train([job])
