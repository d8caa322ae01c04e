"""Runs that diverged are counted and named: on the terminal, in the results, in a figure."""

from typing import Any

import xarray as xr

from sweeps.engine.diverged import diverged, line, marked, note


def entry(result: str | None, seed: int = 0) -> dict[str, Any]:
    job = {"P": 20, "widths": [4, 4], "alpha": 2.0, "init_seed": seed}
    return {"job": job, "trajectory": {} if result is None else {"result": result}}


STORE = {
    "a": entry("FITTED"),
    "b": entry("NON_FINITE", seed=3),
    "c": entry(None),  # of a measurement, which is no run
    "d": entry("NON_FINITE", seed=1),
}
GOOD = {"a": entry("FITTED"), "c": entry(None)}


def test_they_are_named_and_the_others_counted() -> None:
    assert diverged(STORE) == (["P=20 h=4x4 alpha=2 seed=1", "P=20 h=4x4 alpha=2 seed=3"], 3)
    assert line(STORE).startswith("2 of 3 runs diverged (NON_FINITE): P=20 h=4x4 alpha=2 seed=1; ")
    many = {str(i): entry("NON_FINITE", i) for i in range(9)}
    assert line(many).endswith("seed=4 and 4 more\n")


def test_without_any_nothing_changes() -> None:
    found = xr.Dataset({"error": ("h", [0.1])})
    assert marked(found, GOOD) is found
    assert line(GOOD) == note(found) == note([]) == note(None) == ""


def test_results_say_how_many() -> None:
    found = marked(xr.Dataset({"error": ("h", [0.1])}), STORE)
    assert (found.attrs["diverged"], found.attrs["runs"]) == (2, 3)
    assert note(found) == "2 of 3 runs diverged (NON_FINITE)"
