"""A binary problem is one whatever its labels are called, to the last bit of what is learnt."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data import from_arrays, load
from jamming.data.labels import say
from jamming.training import ready
from jamming.training.spec import Job
from jamming.training.train import train
from sweeps.engine.execute import UserSupplied

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
TRUTH = X[:, 0] * X[:, 1] > 0
CLASSES = np.arange(40) % 3
BASE: dict[str, Any] = {"P": 20, "widths": (4,), "max_ticks": 20, "precision": "float32"}
JOB = Job("own", label="truth", **BASE)


def equal(one: Any, other: Any) -> None:
    assert one.w.tobytes() == other.w.tobytes()
    assert (one.loss, one.test_error, one.unsatisfied) == (
        (other.loss, other.test_error, other.unsatisfied)
    )
    assert one.F_test.tobytes() == other.F_test.tobytes()


def test_any_coding_trains_the_same_network() -> None:
    codings: list[tuple[Any, Any]] = [
        (np.where(TRUTH, 1, -1), None),
        (TRUTH, None),
        (TRUTH.astype(np.float16), None),
        (np.where(TRUTH, "b", "a").tolist(), None),
        (np.where(TRUTH, "a", "b"), "a"),
        (np.where(TRUTH, CLASSES, CLASSES + 3), {0, 1, 2}),
    ]
    data = [from_arrays(X, y, 20, positive=positive) for y, positive in codings]
    first, *others = train([JOB] * len(data), data=data, weights=True, workers=1)
    for other in others:
        equal(first, other)
    # the other way round it is another problem: of an odd number, one more point is +1
    flipped = from_arrays(X, TRUTH, 19, positive=False)
    assert not np.array_equal(flipped.x_train, from_arrays(X, TRUTH, 19).x_train)


def test_classes_by_name_train_the_same_network() -> None:
    job = Job("own3", label="classes", loss="cross_entropy", **BASE)
    names = np.array(["ant", "bee", "cow"])[CLASSES]
    data = [
        from_arrays(X, CLASSES, 20, multiclass=True),
        from_arrays(X, names, 20, multiclass=True),
        UserSupplied(x=X.tolist(), y=names.astype("S")).data(job),
    ]
    one, *others = train([job] * 3, data=data, weights=True, workers=1)
    for other in others:
        equal(one, other)
    assert one.F_test.shape == (20, 3)  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="label 2, and 2 outputs"):
        train([Job("own2", label="classes", loss="cross_entropy", **BASE)], data=data[:1])


# --- files ---


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.savez("words.npz", x=X, y=np.where(TRUTH, "yes", "no"))
    np.savez("numbers.npz", x=X, y=np.array([3, 5, 8])[CLASSES])
    np.savez("true.npz", x=X, y=TRUTH)
    return tmp_path


@pytest.mark.usefixtures("files")
def test_the_key_of_a_file_is_that_of_its_problem() -> None:
    plain = Job("words.npz", **BASE)
    assert plain.dataset.startswith("words.npz@")
    assert Job("words.npz", positive="yes", **BASE).key == plain.key
    assert Job(plain.dataset, **BASE).key == plain.key
    other = Job("words.npz", positive=("no",), **BASE)
    assert other.key != plain.key
    some = [Job("numbers.npz", positive=p, **BASE) for p in ((8, 3), ("3", "8"), [3.0, 8.0])]
    assert {job.positive for job in some} == {(3, 8)}
    assert len({job.key for job in some}) == 1
    for true in (True, 1, "True", "1"):
        assert Job("true.npz", positive=true, **BASE) == Job("true.npz", **BASE)
    assert Job("true.npz", positive=False, **BASE).positive == (0,)
    # of data by name, a number in words is that number
    assert Job("digits", positive="3", **BASE).key == Job("digits", positive=(3,), **BASE).key


def test_a_changed_file_is_other_data(files: Path) -> None:
    job = Job("words.npz", **BASE)
    before = job.data()
    np.savez("words.npz", x=X + 1, y=np.where(TRUTH, "yes", "no"))
    with pytest.raises(BadInput, match=r"holds other data than words.npz@\w+ did"):
        job.data()
    again = Job("words.npz", **BASE)
    assert again.key != job.key
    np.testing.assert_allclose(again.data().x_train, before.x_train + 1)
    (files / "words.npz").unlink()
    assert Job(job.dataset, **BASE) == job  # a store is read without the file
    with pytest.raises(BadInput, match="there is no file"):
        Job("words.npz", **BASE)


@pytest.mark.usefixtures("files")
def test_a_file_trains_what_its_arrays_train(capsys: pytest.CaptureFixture[str]) -> None:
    say.cache_clear()
    job = Job("words.npz", **BASE)
    (one,) = train([job], weights=True, workers=1)
    assert capsys.readouterr().err == f"{job.data().notes[0]}\n"
    data = from_arrays(X, TRUTH, 20)
    (other,) = train([JOB], data=[data], weights=True, workers=1)
    equal(one, other)
    assert ready.inputs(job) == (3,)
    assert ready.of_job(job)["the points"] == 40 * 3 * 12
    several = Job("numbers.npz", loss="cross_entropy", **BASE)
    assert several.network().c == 3
    expected = load("numbers.npz", 20, multiclass=True).y_train
    np.testing.assert_array_equal(several.data().y_train, expected)


@pytest.mark.parametrize("positive", [None, ("maybe",), "no"])
def test_what_a_file_refuses(files: Path, positive: Any) -> None:
    for name in ("numbers.npz", "words.npz:9pca"):
        with pytest.raises(BadInput, match=r"positive|k = 9"):
            Job(name, positive=positive, **BASE).data()
    with pytest.raises(BadInput, match="is no label: give numbers or texts"):
        Job("own", positive=(None,), **BASE)


def test_points_with_both_labels_are_trained_on_where_that_is_said() -> None:
    x, y = np.vstack([X, X[:5]]), np.append(TRUTH, ~TRUTH[:5])
    with pytest.raises(BadInput, match="10 points occur with both labels"):
        UserSupplied(x=x, y=y).data(JOB)
    data = UserSupplied(x=x, y=y, duplicates="keep").data(JOB.replace(P=44))
    assert data.contradictory
    (run,) = train([JOB.replace(P=44)], data=[data], workers=1)
    assert run.unsatisfied >= 4  # one of each pair at least, but for one left to test
