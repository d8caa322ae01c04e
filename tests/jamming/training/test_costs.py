"""What runs would take of the memory is known from their jobs, and refused where there is less."""

import dataclasses
import math
import resource
from typing import Any

import jax
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.data.names import pixels
from jamming.execution import memory as room
from jamming.execution import threads
from jamming.execution.memory import fits, said
from jamming.models.counting import count
from jamming.training import ready
from jamming.training.spec import Job
from jamming.training.train import train

IMAGE = {"loss": "soft_hinge", "slack": 0.0}
NETWORKS = [
    Job("mnist10pca", 100, (7, 5)),
    Job("random", 100, (9, 9)),
    Job("stripe3", 100, (9,)),
    Job("mnist", 100, (6,) * 3, architecture="cnn", **IMAGE),
    Job("cifar10", 100, (3,) * 7, architecture="resnet", **IMAGE),
]


@pytest.mark.parametrize("job", NETWORKS, ids=lambda job: f"{job.dataset}-{job.architecture}")
def test_weights_are_those_of_the_network_to_some_percent(job: Job) -> None:
    shape = ready.inputs(job)
    assert shape is not None
    like = jax.ShapeDtypeStruct((1, *shape), np.float64)
    whole = count(jax.eval_shape(job.network().init, jax.random.key(0), like)).all
    weights, _ = ready.sizes(job.network(), shape)
    # those of shortcuts are left out
    assert 0.9 * whole <= weights <= whole
    if job.architecture != "resnet":
        assert weights == whole


def test_outputs_of_layers_follow_the_strides() -> None:
    job = Job("mnist", 100, (6,) * 3, architecture="cnn", **IMAGE)
    _, outputs = ready.sizes(job.network(), pixels("mnist"))
    # 28 pixels a side become 13, 6 and 2, and in the end one number
    assert outputs == 6 * (13**2 + 6**2 + 2**2) + 1


def test_the_parts_of_a_run_grow_as_they_should() -> None:
    small, wide = (ready.of_job(Job("random10", 100, (h, h))) for h in (1000, 2000))
    assert wide["the weights"] / small["the weights"] == pytest.approx(4, rel=0.02)
    assert wide["the points"] == small["the points"] == 200 * 10 * 16
    kernel = Job("random10", 500, (4,), model_kind="kernel_init", test_points=100, dynamics="flow")
    assert ready.of_job(kernel)["the kernels"] == 500 * 600 * 8
    assert ready.of_job(Job("own", 100, (4,))) == {}


@pytest.mark.parametrize(
    ("job", "part", "lower"),
    [
        (Job("random10", 20, (10**7, 10**7)), "the weights", "lower h"),
        (Job("random10", 10**9, (2,)), "the points", "lower P"),
        (
            Job("random10", 10**6, (10,), model_kind="kernel_init", dynamics="flow"),
            "the kernels",
            "lower P",
        ),
        (Job("random10", 10**6, (10**5,)), "the outputs of the layers", "lower P or h"),
    ],
    ids=["weights", "points", "kernels", "outputs"],
)
def test_what_cannot_fit_is_refused_with_the_estimate(job: Job, part: str, lower: str) -> None:
    with pytest.raises(BadInput, match=rf"P = {job.P}, h = .* for {part}, .* [GTP]iB .*: {lower}$"):
        ready.affordable([job])
    if part != "the points":  # of which there would be too many to draw
        with pytest.raises(BadInput, match="of memory"):
            train([job])


def test_as_many_as_go_on_at_a_time_have_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job("random10", 100, (50,))
    monkeypatch.setattr(threads, "cores", lambda: 4)
    alone = sum(ready.of_job(job).values())
    monkeypatch.setattr(room, "memory", lambda: 2 * alone)
    ready.affordable([job, job])
    with pytest.raises(BadInput, match="3 at a time"):
        ready.affordable([job] * 3)
    ready.affordable([])


def test_points_by_the_billion_are_refused_before_they_are_drawn() -> None:
    with pytest.raises(BadInput, match=r"1000000000 points .* TiB of memory"):
        Job("random100", 10**9, (2,)).data()


def test_a_kernel_on_more_test_points_than_are_left_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, y = np.ones((4, 10)), np.ones(4)
    job = Job("digits10pca", 1700, (2,), kernel_points=100)
    with pytest.raises(BadInput, match="test points are left, fewer than the 100 of the kernel"):
        ready.ready([job], points=100)
    # 100 at most
    assert len(ready.ready([job]).x_train) == 1700
    monkeypatch.setattr(Job, "data", lambda job: Dataset("own", x, y, x[:0], y[:0]))
    with pytest.raises(BadInput, match="0 test points are left, fewer than the 1 of the kernel"):
        ready.ready([job])
    ready.ready([dataclasses.replace(job, kernel_points=0)])


def test_the_limit_of_a_process_is_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (2**20, resource.RLIM_INFINITY))
    assert room.memory() == 2**20
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert room.memory() > 2**20


def test_sizes_are_said_in_units_of_people() -> None:
    sizes = (0, 1023, 1536, 24 * 2**30, 6e12, math.ldexp(1.0, 70))
    assert list(map(said, sizes)) == [
        "0 B",
        "1.02e+03 B",
        "1.5 KiB",
        "24 GiB",
        "5.46 TiB",
        "1.05e+06 PiB",
    ]
    with pytest.raises(
        BadInput, match=r"a thing would take some 2 KiB of memory, .* 1 KiB: lower it"
    ):
        fits("a thing", 2048, "it", 1024)


@pytest.mark.parametrize("name", ["workers", "lanes"])
@pytest.mark.parametrize("n", [0, -1, 10**6])
def test_a_pool_has_lanes(name: str, n: Any) -> None:
    given: dict[str, Any] = {name: n}
    with pytest.raises(BadInput, match=f"{name} = {n}"):
        train([Job("random5", 20, (2,), max_ticks=2)], **given)
