"""A store as one dataset: every run in its cell, nothing anywhere else."""

import itertools
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from sweeps.engine.labelled import open_store
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import sealed_json


def job(
    P: int = 10, L: int = 2, h: int = 4, alpha: float | None = 1.0, seed: int = 0, **other: Any
) -> dict[str, Any]:
    """The fields of a job, or most of them."""
    fields = {
        "dataset": "digits",
        "P": P,
        "widths": (h,) * L,
        "data_seed": seed,
        "init_seed": seed,
        "batch_seed": seed,
        "whiten": True,
        "alpha": alpha,
        "loss": "hinge",
        "batch": None,
        "flow_time": float("inf"),
        "tol_output": 0.1,
    }
    return fields | other


def run(n: float, snapshots: int = 2) -> dict[str, Any]:
    """A trajectory with a number of its own."""
    return {
        "result": "FITTED" if n % 2 == 0 else "OUT_OF_BUDGET",
        "N": int(n),
        "test_error": n / 7777,
        "kernel_change": None,
        "snapshot_ticks": list(range(snapshots)),
        "snapshot_loss": [n] * snapshots,
    }


def filled(
    folder: Path, jobs: Iterable[dict[str, Any]], arrays: Any = lambda n: None, **kwargs: Any
) -> Store:
    """A store with these jobs; the n-th has run(n)."""
    store = Store(folder)
    for n, fields in enumerate(jobs):
        extra = {} if arrays(n) is None else {"arrays": arrays(n)}
        store[f"k{n:05}"] = {"job": fields, "trajectory": run(n, **kwargs)} | extra
    return store


GRID = [job(P, L, h, a, s) for P in (10, 20) for L in (1, 3) for h in (4, 8) for a in (1.0, 9.0)
        for s in (0, 1, 2)]  # fmt: skip


def dataset(store: Store, *args: Any, **kwargs: Any) -> xr.Dataset:
    """All that a store holds."""
    return open_store(store.folder, *args, **kwargs)


def refused(store: Store, *args: Any, **kwargs: Any) -> str:
    """The one line with which a view is refused."""
    with pytest.raises(BadInput) as refusal:
        dataset(store, *args, **kwargs)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_every_run_is_found_by_the_names_of_its_job(tmp_path: Path) -> None:
    filled(tmp_path, GRID)
    found = open_store(tmp_path)
    assert dict(found.sizes) == {"P": 2, "L": 2, "h": 2, "alpha": 2, "seed": 3}
    assert bool(found.done.all())
    for n, fields in enumerate(GRID):
        one = found.sel(
            P=fields["P"],
            L=len(fields["widths"]),
            h=fields["widths"][0],
            alpha=fields["alpha"],
            seed=fields["init_seed"],
        )
        assert one.N == n
        assert one.test_error == n / 7777
        assert one.result == run(n)["result"]
        assert np.isnan(one.kernel_change)
    assert found.test_error.dtype == found.N.dtype == np.float64
    assert found.done.dtype == bool
    assert "snapshot_loss" not in found
    assert found.P.dtype == found.L.dtype == found.h.dtype == np.int64


def test_alpha_tilde_is_a_coordinate_over_h_and_alpha(tmp_path: Path) -> None:
    found = dataset(filled(tmp_path, GRID))
    assert found.alpha_tilde.dims == ("h", "alpha")
    np.testing.assert_array_equal(found.alpha_tilde, np.sqrt([[4], [8]]) * np.array([1.0, 9.0]))
    assert "alpha_tilde" in found.test_error.coords


def test_alpha_chosen_for_one_alpha_tilde_is_one_column(tmp_path: Path) -> None:
    targets, widths = (0.1, 1.0, 1 / 3), (3, 7, 10, 11, 100)
    jobs = [job(h=h, alpha=a / np.sqrt(h)) for h in widths for a in targets]
    found = dataset(filled(tmp_path, jobs), ("h", "alpha_tilde"))
    assert dict(found.sizes) == {"h": 5, "alpha_tilde": 3}
    np.testing.assert_allclose(found.alpha_tilde, sorted(targets), rtol=1e-11)
    assert bool(found.done.all())


def test_runs_of_plain_f_have_no_alpha(tmp_path: Path) -> None:
    found = dataset(filled(tmp_path, [job(alpha=None, h=h) for h in (3, 5)]))
    assert dict(found.sizes) == {"P": 1, "L": 1, "h": 2, "seed": 1}
    assert "alpha" not in found.coords
    assert "alpha_tilde" not in found.coords


def test_plain_and_scaled_runs_are_not_mixed(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(alpha=None), job(alpha=2.0), job(alpha=3.0)])
    said = refused(store)
    assert "plain and scaled runs cannot be mixed" in said
    assert "where={'alpha': None}" in said
    assert "where={'alpha': 2.0}" in said
    assert dataset(store, where={"alpha": None}).N.item() == 0
    assert dataset(store, where={"alpha": 2.0}).N.item() == 1
    assert "runs with and without batch" in refused(
        filled(tmp_path / "b", [job(batch=None), job(batch=5)]), ("batch",)
    )


def test_where_chooses_by_fields_and_by_what_is_made_of_them(tmp_path: Path) -> None:
    store = filled(tmp_path, GRID)
    for where, runs in (
        ({"P": 10}, 24),
        ({"L": 3, "h": 8.0}, 12),
        ({"widths": (4, 4, 4), "seed": 2}, 4),
        ({"widths": [4]}, 12),
        ({"dataset": "digits", "alpha_tilde": 18.0}, 12),
        ({"batch": None, "whiten": True, "flow_time": np.inf}, 48),
    ):
        assert int(dataset(store, where=where).done.sum()) == runs
    said = refused(store, where={"P": 10, "alpha": 3.0})
    assert "none of the 48" in said
    assert "P = 10, alpha = 3.0" in said
    assert "'depth'" in refused(store, where={"depth": 3})


def test_widths_that_differ_from_layer_to_layer_have_their_mean(tmp_path: Path) -> None:
    jobs = [job(h=4), job(widths=(4, 5)), job(widths=[5, 5])]
    found = dataset(filled(tmp_path, jobs))
    assert found.h.values.tolist() == [4.0, 4.5, 5.0]
    assert found.N.squeeze().values.tolist() == [0, 1, 2]


def test_any_field_can_be_a_dimension(tmp_path: Path) -> None:
    fields = itertools.product((0.1, 0.5), ("mnist", "digits"), (True, False), ((3, 4), (4, 3)))
    jobs = [job(tol_output=t, dataset=d, whiten=w, widths=h) for t, d, w, h in fields]
    dims = ("tol_output", "dataset", "whiten", "widths")
    found = dataset(filled(tmp_path, jobs), dims)
    assert found.N.dims == dims
    assert found.N.shape == (2, 2, 2, 2)
    assert found.dataset.values.tolist() == ["digits", "mnist"]
    one = found.sel(tol_output=0.5, dataset="mnist", whiten=False, widths="(4, 3)")
    assert jobs[int(one.N)] == job(tol_output=0.5, dataset="mnist", whiten=False, widths=(4, 3))


def test_seeds_that_move_together_are_one_dimension(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(seed=s) for s in range(4)])
    assert dataset(store).sizes["seed"] == 4
    both = dataset(store, ("seed", "data_seed"))
    assert both.N.shape == (4, 4)
    np.testing.assert_array_equal(np.diag(both.N), range(4))
    assert int(both.done.sum()) == 4


def test_two_runs_in_one_cell_are_refused_and_both_ways_out_work(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(data_seed=d, h=h) for d in (5, 6) for h in (4, 8)])
    said = refused(store)
    assert "differ in data_seed: pass where={'data_seed': 5}, or add 'data_seed' to dims" in said
    assert "P = 10, L = 2, h = 4, alpha = 1.0, seed = 0" in said
    assert dataset(store, where={"data_seed": 5}).N.squeeze().values.tolist() == [0, 1]
    assert dataset(store, ("data_seed", "h")).N.values.tolist() == [[0, 1], [2, 3]]


def test_widths_of_one_mean_are_told_apart(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(widths=(3, 4)), job(widths=(4, 3))])
    assert "where={'widths': (3, 4)}" in refused(store)
    assert dataset(store, where={"widths": (4, 3)}).N.item() == 1


def test_one_job_under_two_names_is_refused(tmp_path: Path) -> None:
    said = refused(filled(tmp_path, [job(), job(P=20), job()]))
    assert "k00000.json and k00002.json are of one job" in said


def test_one_run_needs_no_dimension(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(), job(P=20)], lambda n: {"F_train": np.arange(3.0)})
    found = dataset(store, (), {"P": 20}, arrays=True, snapshots=True)
    assert dict(found.sizes) == {"train": 3, "snapshot": 2}
    assert found.N.item() == 1
    assert found.F_train.values.tolist() == [0, 1, 2]
    assert "differ in P" in refused(store, ())


def test_what_is_no_dimension_is_refused(tmp_path: Path) -> None:
    store = filled(tmp_path, GRID)
    assert "'depth'" in refused(store, ("P", "depth"))
    assert "different names" in refused(store, ("P", "P"))
    assert "different names" in refused(store, "P")
    store["other"] = {"job": job(seed=9, loss="hinge"), "trajectory": run(0) | {"loss": 0.5}}
    assert "'loss' is a result too" in refused(store, ("P", "L", "h", "alpha", "seed", "loss"))
    store["other"] = {"job": job(seed="x"), "trajectory": run(0)}
    assert "no order" in refused(store)


def test_no_trajectory_is_one_line(tmp_path: Path) -> None:
    empty = Store(tmp_path / "empty")
    empty.make()
    assert "no trajectory" in refused(empty)
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(BadInput, match="holds no trajectories"):
            open_store(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize(
    "damage",
    [
        {"job": None},
        {"trajectory": [1]},
        {"job": {}},
        {"job": job() | {"widths": []}},
        {"job": job() | {"widths": 3}},
        {"trajectory": {"N": "many"}},
        {"trajectory": {"snapshot_loss": ["x"]}},
        {"trajectory": {"snapshot_loss": [[1.0], [2.0]]}},
    ],
)
def test_a_damaged_entry_is_one_line(tmp_path: Path, damage: dict[str, Any]) -> None:
    store = filled(tmp_path, GRID)
    store["k99"] = {"job": job(seed=5), "trajectory": run(0)} | damage
    refused(store, snapshots=True)
    (tmp_path / "trajectories" / "k99.json").write_text("{")
    assert "k99.json is damaged" in refused(store)


def test_a_field_that_only_some_trajectories_have_is_nan_elsewhere(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(h=4), job(h=8)])
    more = {"sharpness": 3, "why": "text", "unset": None, "parts": [1], "about": {"a": 1}}
    store["new"] = {"job": job(h=6), "trajectory": {"N": 5} | more}
    found = dataset(store).squeeze()
    np.testing.assert_array_equal(found.sharpness, [np.nan, 3, np.nan])
    np.testing.assert_array_equal(found.test_error, [0, np.nan, 1 / 7777])
    assert found.why.values.tolist() == ["", "text", ""]
    assert np.isnan(found.unset).all()
    assert "parts" not in found
    assert "about" not in found


def test_what_all_jobs_agree_in_is_said(tmp_path: Path) -> None:
    found = dataset(filled(tmp_path, GRID))
    assert found.attrs["dataset"] == "digits"
    assert found.attrs["tol_output"] == 0.1
    assert found.attrs["batch"] == "null"
    assert found.attrs["whiten"] == "true"
    assert not {"P", "widths", "init_seed"} & set(found.attrs)


def test_it_can_be_written_and_read_as_netcdf(tmp_path: Path) -> None:
    store = filled(tmp_path, GRID[5:], lambda n: {"F_train": np.arange(3.0) + n})
    found = dataset(store, arrays=True, snapshots=True)
    (tmp_path / "all.nc").write_bytes(bytes(found.to_netcdf()))
    with xr.open_dataset(tmp_path / "all.nc") as again:
        xr.testing.assert_equal(again.load(), found)


# Outputs and snapshots


def outputs(n: int) -> dict[str, np.ndarray]:
    """As a run would carry them, and one that is nobody's business."""
    return {
        "F_train": np.full(10, n, np.float32),
        "F_test": np.arange(4.0) / (n + 1),
        "other": np.zeros((2, 2)),
    }


def test_outputs_lie_over_the_dimensions_and_the_points(tmp_path: Path) -> None:
    jobs = [job(h=h, seed=s) for h in (4, 8) for s in (0, 1)]
    store = filled(tmp_path, jobs[:3], outputs)
    found = dataset(store, ("h", "seed"), arrays=True)
    assert found.F_train.dims == ("h", "seed", "train")
    assert found.F_test.dims == ("h", "seed", "test")
    assert found.F_train.dtype == np.float32
    assert found.F_test.dtype == np.float64
    assert "other" not in found
    for n in range(3):
        at = {"h": n // 2, "seed": n % 2}
        np.testing.assert_array_equal(found.F_train[at], outputs(n)["F_train"])
        np.testing.assert_array_equal(found.F_test[at], outputs(n)["F_test"])
    assert np.isnan(found.F_train[1, 1]).all()
    assert "F_train" not in dataset(store)


def test_runs_without_outputs_are_nan_beside_those_with(tmp_path: Path) -> None:
    some = filled(tmp_path, [job(h=h) for h in (4, 5)], lambda n: outputs(n) if n else None)
    found = dataset(some, ("h",), arrays=True)
    assert np.isnan(found.F_test[0]).all()
    np.testing.assert_array_equal(found.F_test[1], outputs(1)["F_test"])
    none = filled(tmp_path / "none", [job()])
    assert "with its outputs" in refused(none, arrays=True)


def test_outputs_of_different_lengths_are_refused(tmp_path: Path) -> None:
    store = filled(tmp_path, [job(P=P) for P in (3, 4)], lambda n: {"F_train": np.zeros(3 + n)})
    said = refused(store, arrays=True)
    assert "F_train must have one length in all runs, not 3, 4" in said
    assert dataset(store, where={"P": 4}, arrays=True).sizes["train"] == 4
    deep = filled(tmp_path / "deep", [job()], lambda n: {"F_test": np.zeros((2, 3, 4))})
    assert "(2, 3, 4)" in refused(deep, arrays=True)


def test_outputs_of_several_classes_have_an_axis_of_their_own(tmp_path: Path) -> None:
    def several(n: int) -> dict[str, np.ndarray]:
        return {"F_train": np.arange(6.0).reshape(2, 3) + n, "F_test": np.zeros((4, 3))}

    store = filled(tmp_path / "all", [job(seed=s) for s in (0, 1)], several)
    found = dataset(store, ("seed",), arrays=True)
    assert found.F_train.dims == ("seed", "train", "class")
    assert dict(found.sizes) == {"seed": 2, "train": 2, "class": 3, "test": 4}
    np.testing.assert_array_equal(found.F_train[1], several(1)["F_train"])
    mixed = filled(
        tmp_path / "mixed",
        [job(seed=s) for s in (0, 1)],
        lambda n: {"F_test": np.zeros((2, 3)[: n + 1])},
    )
    assert "one output in some runs" in refused(mixed, ("seed",), arrays=True)


def test_damaged_outputs_matter_only_where_they_are_asked_for(tmp_path: Path) -> None:
    store = filled(tmp_path, [job()], outputs)
    for path in (tmp_path / "arrays").iterdir():
        path.write_bytes(b"")
    assert "the run will be made again" in refused(store, arrays=True)
    assert dataset(store).N.item() == 0


def test_snapshots_are_padded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for n in range(3):
        store[f"k{n}"] = {"job": job(h=4 + n), "trajectory": run(n + 1, snapshots=n)}
    found = dataset(store, ("h",), snapshots=True)
    nan = np.nan
    assert found.snapshot_loss.dims == ("h", "snapshot")
    np.testing.assert_array_equal(found.snapshot_loss, [[nan, nan], [2, nan], [3, 3]])
    np.testing.assert_array_equal(found.snapshot_ticks, [[nan, nan], [0, nan], [0, 1]])


# For any store


cells = st.tuples(
    st.sampled_from([10, 20]),
    st.sampled_from([1, 2]),
    st.sampled_from([3, 7, 50]),
    st.sampled_from([1e-3, 1.0, 1 / 3]),
    st.integers(0, 2),
)
values = st.floats(width=64)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(cells, st.tuples(values, st.booleans()), min_size=1, max_size=12), st.randoms()
)
def test_what_was_written_is_read_exactly_and_the_rest_is_missing(
    written: dict[tuple, tuple[float, bool]], order: Any
) -> None:
    def stored(items: Iterable[Any]) -> xr.Dataset:
        with tempfile.TemporaryDirectory() as folder:
            store = Store(folder)
            for i, (cell, (value, fitted)) in enumerate(items):
                end = {"loss": value, "result": "FITTED" if fitted else "MIN_STEP"}
                arrays = {"F_test": np.array([value, -value])}
                store[f"k{i}"] = {"job": job(*cell), "trajectory": end, "arrays": arrays}
            return open_store(folder, arrays=True)

    found = stored(written.items())
    coords = [found[name].values.tolist() for name in found.loss.dims]
    assert coords == [sorted({cell[i] for cell in written}) for i in range(5)]
    loss, F, result, done = (found[v].values for v in ("loss", "F_test", "result", "done"))
    for at in np.ndindex(loss.shape):
        cell = tuple(c[i] for c, i in zip(coords, at, strict=True))
        assert done[at] == (cell in written)
        value, fitted = written.get(cell, (np.nan, None))
        np.testing.assert_array_equal(loss[at], value)
        if value == 0:
            assert np.signbit(loss[at]) == np.signbit(value)
        np.testing.assert_array_equal(F[at], [value, -value])
        assert result[at] == {None: "", True: "FITTED", False: "MIN_STEP"}[fitted]
    assert int(done.sum()) == len(written)

    shuffled = list(written.items())
    order.shuffle(shuffled)
    xr.testing.assert_identical(stored(shuffled), found)


def test_two_thousand_trajectories_are_quick(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.make()
    jobs = [
        job(P, L, h, a, s)
        for P in range(5)
        for L in range(1, 6)
        for h in range(1, 5)
        for a in (1.0, 2.0)
        for s in range(10)
    ]
    assert len(jobs) == 2000
    for n, fields in enumerate(jobs):  # without fsync
        entry = {"key": f"k{n}", "job": fields, "trajectory": run(n, snapshots=60)}
        sealed = sealed_json(f"trajectories/k{n}", entry)
        (store.folder / "trajectories" / f"k{n}.json").write_text(sealed)
    begin = time.process_time()
    found = open_store(tmp_path, snapshots=True)
    assert time.process_time() - begin < 3
    assert found.N.shape == (5, 5, 4, 2, 10)
