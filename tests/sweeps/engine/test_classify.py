"""Networks of images through a store: run once, resumed, read back; damaged ones run again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.execution import worker
from jamming.training import classify as core
from jamming.training.images import ImageJob
from sweeps.engine import classify as sweep
from sweeps.engine.classify import classify, load_image_run
from sweeps.engine.measure import entry
from sweeps.engine.store import Store

JOB = ImageJob("digits", 60, "fullconn_l2", width=4, batch=20, steps=200, test_points=50)


class Killed(BaseException):
    """As by a signal."""


def test_runs_are_stored_once_and_resume_where_they_were_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker, "SPARING", 0)
    monkeypatch.setattr(worker, "STRETCHES", 4)
    jobs, store = [JOB, JOB.at(1)], Store(tmp_path / "store")
    whole = core.train_images(jobs, workers=1)

    def killed(some: Any, **how: Any) -> Any:
        spent = []

        def progress(ticks: int) -> None:
            spent.append(ticks)
            if sum(spent) > 250:
                raise Killed

        return core.train_images(some, **how | {"on_progress": progress, "workers": 1})

    monkeypatch.setattr(sweep, "train_images", killed)
    with pytest.raises(Killed):
        classify(jobs, store, every=0.0)
    assert len(list((store.folder / "running").glob("*.npz"))) == 1
    assert len(store) == 1

    monkeypatch.setattr(sweep, "train_images", core.train_images)
    found = classify(jobs, store)
    assert [replace(run, seconds=0.0) for run in found] == [
        replace(run, seconds=0.0) for run in whole
    ]
    for one, other in zip(found, whole, strict=True):
        for name, array in other.arrays().items():
            np.testing.assert_array_equal(one.arrays()[name], array)
    assert not list((store.folder / "running").glob("*.npz"))

    monkeypatch.setattr(sweep, "train_images", None)  # nothing is left to run
    assert classify(jobs, store) == found


def test_what_was_made_by_another_version_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(KeyError):
        load_image_run(store, JOB)
    store[JOB.key] = entry(JOB, {"result": "FITTED"})
    with pytest.raises(BadInput, match="another version"):
        load_image_run(store, JOB)
