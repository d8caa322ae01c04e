"""One small run of every command, and the numbers that it gave: written down, to be found again.

``python -m tests.recorded.runs [RUN ...]`` makes these runs and writes ``numbers.json`` anew; a
change of the code that is meant to change no number leaves that file as it is.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.execution.threads import processor
from sweeps.engine.discover import COMMANDS

NUMBERS = Path(__file__).with_name("numbers.json")
# XLA's, as the numbers were recorded: with others it fuses and so rounds otherwise, and a flow that
# passes a kink a tick earlier goes on from there
FLAGS = "--xla_backend_optimization_level=0"
# entries of an array that are kept one by one; of a longer one as many, evenly spaced, and two sums
KEPT = 64
# wall times, which no two runs share
TIMES = ("seconds",)

# run: command, arguments, file of the results
RUNS: dict[str, tuple[str, str, str]] = {
    "find_nstar": (
        "find_nstar",
        "--dataset digits10pca --P 12 --depth 1 --seeds 2 --steps 400 --lr 0.02",
        "results.nc",
    ),
    "phase_diagram": (
        "phase_diagram",
        "--P 40 --h 2 8 --alpha-tilde 0.1 1 100 --seeds 2 --steps 400 --test-points 60"
        " --kernel-points 20 --refine 4",
        "phase_diagram.nc",
    ),
    "regimes": (
        "regimes",
        "--dataset digits10pca --P 20 --h 4 16 --alpha-tilde 0.01 1000 --seeds 2 --kernel-end"
        " --test-points 50",
        "regimes.nc",
    ),
    "sgd_axis": (
        "sgd_axis",
        "--P 20 --h 2 12 --alpha-tilde 0.3 30 --batch 5 --lr 0.5 --seeds 2 --steps 400"
        " --flow-steps 200 --test-points 50 --kernel-points 10",
        "sgd_axis.nc",
    ),
    "gram": (
        "gram",
        "--P 20 --h 12 --alpha-tilde 0.1 1000 --seeds 2 --test-points 40",
        "gram.nc",
    ),
    "tolerance": (
        "tolerance",
        "--P 15 --h 6 --alpha-tilde 1 100 --seeds 2 --tol-gradient 1e-3 1e-4 --momentum 0.01"
        " --test-points 40",
        "tolerance.nc",
    ),
    "initial_scales": (
        "initial_scales",
        "--P 30 --depth 3 --h 16 64 256 --seeds 3",
        "initial_scales.nc",
    ),
    "classes": (
        "classes",
        "--dataset digits --P 60 --h 6 4 --depth 1 --seeds 2 --steps 30 --lr 1e-2 --fixed-data"
        " --test-points 100 --precision float64",
        "classes.nc",
    ),
    "double_descent": (
        "double_descent",
        "--dataset random4 --P 12 --depth 2 --h 2 2.5 6 --seeds 4 --steps 60 --lr 3e-2"
        " --test-points 40",
        "double_descent.nc",
    ),
    "initial": (
        "wide_limit",
        "--dataset digits10pca --P 20 --depth 2 --h 4 6 --seeds 2 --steps 30",
        "initial.nc",
    ),
    "stripe": (
        "stripe",
        "--dataset stripe3 --P 32 48 --h 12 --alpha-tilde 0.1 --sets 2 --inits 1 --steps 300"
        " --test-points 40 --pca 48 --precision float64",
        "stripe.nc",
    ),
    "learning_curve": (
        "learning_curve",
        "--dataset digits --P 8 4 --h 2 --depth 1 --sets 2 --test-points 30 --steps 40"
        " --alpha-tilde 0.1 --precision float64",
        "learning_curve.nc",
    ),
    "learning_time": (
        "learning_time",
        "--dataset random5 --P 6 --depth 1 --ratio 3 5 --seeds 2 --steps 300 --times 99 300"
        " --lr 0.5 --precision float64",
        "learning_time.nc",
    ),
    "kernel_curves": (
        "kernel_curves",
        "--dataset stripe3 --P 40 10 20 --test-points 50 --seeds 2 --sigma 2 --spectrum 40"
        " --kernel laplace tangent --ridge 0.1",
        "kernel_curves.nc",
    ),
    "random_features": (
        "random_features",
        "--d 8 --P 16 --ratio 0.5 1 2 --ridge 0 1e-2 --members 3 --seeds 2 --flow 4",
        "random_features.nc",
    ),
    "effective": (
        "effective",
        "--dataset digits10pca random5 --P 60 --depth 2 --h 3 4 --seeds 1",
        "effective.nc",
    ),
    "landscape": (
        "landscape",
        "--dataset random --depth 1 --N 30 --ratio 1 4 --seeds 2 --steps 300 --lr 0.01",
        "landscape.nc",
    ),
}


def found(name: str, folder: Path) -> dict[str, Any]:
    """The numbers of a run that has been made in `folder`."""
    command, line, file = RUNS[name]
    code = COMMANDS[command].main([*line.split(), "--out", str(folder)])
    assert code in (0, 3)  # 3: N* is outside of what so few steps can say
    if not (folder / file).is_file():
        return {"entries": entries(folder)}
    with xr.open_dataset(folder / file) as dataset:
        return {key: kept(of.values) for key, of in dataset.variables.items() if key not in TIMES}


def entries(folder: Path) -> dict[str, Any]:
    """The trajectories of a store, where a command leaves no other file."""
    rows: dict[str, list[Any]] = {}
    for path in sorted((folder / "trajectories").glob("*.json")):
        run = json.loads(path.read_text())["trajectory"]
        for key, value in run.items():
            if key not in TIMES and isinstance(value, int | float | list):
                rows.setdefault(key, []).append(value)
    flat = {key: np.concatenate([np.ravel(one) for one in ones]) for key, ones in rows.items()}
    return {key: kept(np.sort(values)) for key, values in flat.items()}


def kept(values: np.ndarray) -> dict[str, Any]:
    """An array as JSON: its shape, some or all of its entries, its sum and that of its squares."""
    if values.dtype.kind not in "biuf":
        return {"shape": list(values.shape), "entries": [str(v) for v in values.ravel()[:KEPT]]}
    flat = values.astype(float).ravel()
    some = flat if flat.size <= KEPT else flat[np.linspace(0, flat.size - 1, KEPT).astype(int)]
    return {
        "shape": list(values.shape),
        "entries": [None if np.isnan(v) else float(v) for v in some],
        "sums": [float(np.nansum(flat)), float(np.nansum(flat**2))],
    }


def machine() -> dict[str, str]:
    """What the last bits may depend on."""
    return {"processor": processor(), "jax": jax.__version__, "numpy": np.__version__}


def main() -> None:
    """Make the runs that are named, or all, with the devices and the compiler of the record."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="*", default=list(RUNS))
    parser.add_argument("--to", type=Path, default=NUMBERS)
    words = parser.parse_args()
    os.environ["XLA_FLAGS"] = FLAGS
    jax.config.update("jax_num_cpu_devices", 2)
    jax.config.update("jax_enable_x64", True)
    numbers = json.loads(words.to.read_text()) if words.to.exists() else {}
    numbers["machine"] = machine()
    for each in words.runs:
        with tempfile.TemporaryDirectory() as scratch:
            numbers[each] = found(each, Path(scratch) / each)
    words.to.write_text(json.dumps(numbers, indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
