"""The spec of a network of images: its defaults, its key, and what it refuses."""

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.data.names import IMAGES
from jamming.images.augment import Deform, Translate
from jamming.models.classic.names import named
from jamming.training.images import ImageJob
from sweeps.engine.store.provenance import key_of

JOB = ImageJob("mnist", 1000, "lenet")


def test_defaults_are_the_published_ones_of_the_class_of_network() -> None:
    assert (JOB.optimiser, JOB.lr, JOB.momentum, JOB.weight_decay) == ("sgd", 0.1, 0.9, 5e-4)
    assert (JOB.schedule, JOB.batch, JOB.epochs) == ("cosine", 128, 250)
    fc = ImageJob("mnist", 1000, "fullconn_l4")
    assert (fc.optimiser, fc.lr, fc.weight_decay, fc.schedule) == ("adam", 1e-3, 0, "constant")
    assert ImageJob("mnist", 1000, "fullconn_l4", optimiser="sgd").lr == 0.1


@pytest.mark.parametrize("P", [128, 1000, 60_000])
def test_the_number_of_steps_is_that_of_the_whole_set_at_every_P(P: int) -> None:
    assert ImageJob("mnist", P, "lenet", epochs=10).ticks() == 4688  # 600,000 / 128, rounded up
    assert ImageJob("mnist", P, "lenet", epochs=10).stepper().check_every == 469
    assert ImageJob("mnist", P, "lenet", steps=7).ticks() == 7


def test_the_key_is_of_the_content_and_survives_json() -> None:
    assert replace(JOB, width=1).key == replace(JOB, width=1.0).key != JOB.key
    keys = {
        replace(JOB, **change).key for change in ({}, {"lr": 0.2}, {"batch_seed": 1}, {"P": 999})
    }
    assert len(keys) == 4
    options: Any = {"down": "strided", "classes": 10}
    with pytest.raises(TypeError, match="classes"):
        ImageJob("cifar10", 500, "downsampled_cifar", options=options)
    job = ImageJob(
        "cifar10", 500, "downsampled_cifar", options={"down": "max"}, augmentation="deform"
    )  # type: ignore[arg-type]
    assert key_of(json.loads(json.dumps(dataclasses.asdict(job)))) == job.key
    assert job.module(10) == named("downsampled_cifar", down="max", classes=10)
    assert job.at(3).batch_seed == job.at(3).data_seed == job.at(3).init_seed == 3


def test_augmentations_by_name() -> None:
    assert JOB.augmented() is None
    moved = replace(JOB, augmentation="translate", flip=True)
    assert moved.augmented() == Translate(4, flip=True)
    assert replace(JOB, augmentation="deform", temperature=0.1, cut=3).augmented() == Deform(0.1, 3)


def test_programs_know_no_rates() -> None:
    other = replace(JOB, lr=0.5, momentum=0.1, weight_decay=0.0, batch_seed=3)
    assert other.stepper() == JOB.stepper()
    assert other.numbers()["lr"] == 0.5


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"dataset": "imagenet"}, "ImageNet .* not read by name"),
        ({"dataset": "mnist10pca"}, "image data set"),
        ({"network": "lenet6"}, "network"),
        ({"network": "fullconn_l2", "width": 2.5}, "width"),
        ({"options": {"down": "max"}}, "option of lenet"),
        ({"options": {"pool": [1]}}, "neither text nor a number"),
        ({"options": "pool"}, "names with values"),
        ({"optimiser": "lbfgs"}, "optimiser"),
        ({"schedule": "linear"}, "schedule"),
        ({"augmentation": "mixup"}, "augmentation"),
        ({"lr": 0}, "learning rate"),
        ({"lr": float("nan")}, "learning rate"),
        ({"momentum": 1}, "momentum"),
        ({"optimiser": "adam", "momentum": 0.5}, "momentum is of sgd"),
        ({"P": 0}, "P = 0"),
        ({"P": 100}, "batch = 128 is larger"),
        ({"epochs": 0}, "epochs"),
        ({"epochs": 1e14}, "steps of the epochs"),
        ({"steps": 0}, "steps"),
        ({"validation": -1}, "validation"),
        ({"random_labels": True, "validation": 5}, "random labels"),
        ({"temperature": (2.0, 1.0), "augmentation": "deform"}, "T is a number"),
        ({"precision": "float16"}, "precision"),
        ({"data_seed": -1}, "data_seed"),
    ],
)
@pytest.mark.usefixtures("unannotated")
def test_what_does_not_fit_is_refused_in_one_line(wrong: dict[str, Any], said: str) -> None:
    fields: dict[str, Any] = {"dataset": "mnist", "P": 1000, "network": "lenet"}
    with pytest.raises(BadInput, match=said) as refused:
        ImageJob(**fields | wrong)
    assert "\n" not in str(refused.value)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 300), st.floats(), st.text(max_size=3), st.tuples()
)


@given(st.sampled_from([each.name for each in dataclasses.fields(ImageJob)]), VALUES)
def test_any_value_makes_a_job_or_is_refused(name: str, value: Any) -> None:
    fields: dict[str, Any] = {"dataset": "mnist", "P": 1000, "network": "lenet"}
    try:
        job = ImageJob(**fields | {name: value})
    except BadInput:
        return
    assert len(job.key) == 32
    if not job.label:
        assert job.ticks() >= 1
        assert job.dataset in IMAGES
