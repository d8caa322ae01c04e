"""What figures share: checks and titles of a phase diagram, an axis, and the command line."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from jamming.command import Parser, exit_code, one_line, tell
from jamming.errors import BadInput
from sweeps.sealed import read_results

FORMATS = (".png", ".pdf")


def checked(dataset: xr.Dataset, *required: str) -> xr.Dataset:
    """The dataset with h and alpha_tilde ascending, and (h, alpha_tilde) in this order.

    Raises:
        BadInput: there are no cells, a coordinate is not positive, or `required` variables lack.
    """
    for name in ("h", "alpha_tilde"):
        if name not in dataset.coords or dataset[name].dims != (name,) or not dataset[name].size:
            raise BadInput(
                f"there is no coordinate {name} here: give the dataset of a phase diagram"
            )
        if not np.all(dataset[name].values > 0):
            raise BadInput(f"{name} must be positive: its axis is logarithmic")
    for name in required:
        if name not in dataset or set(dataset[name].dims) != {"h", "alpha_tilde"}:
            raise BadInput(f"there is no {name}(h, alpha_tilde) here: run the sweep with it first")
    return dataset.sortby(["h", "alpha_tilde"]).transpose("h", "alpha_tilde", ...)


def results(path: Path, *required: str) -> xr.Dataset:
    """The dataset in a file.

    Raises:
        BadInput: it cannot be read, or has not all of the `required` variables.
    """
    found = read_results(path)
    if lacking := [name for name in required if name not in found]:
        raise BadInput(f"{path} holds no {', '.join(lacking)}: run the sweep again")
    return found


def heading(dataset: xr.Dataset) -> str:
    """What was trained, and, of an unfinished sweep, how much of it there is."""
    a = dataset.attrs
    parts = [str(a["dataset"])] if "dataset" in a else []
    parts += [f"$P={a['P']}$"] if "P" in a else []
    parts += [f"$L={a['L']}$"] if "L" in a else []
    noise = float(a.get("label_noise", 0))
    parts += [f"{100 * noise:g} % label noise"] if noise else []
    parts += [str(a[k]).replace("_", " ") for k in ("activation", "loss") if k in a]
    text = ",  ".join(parts)
    if "done" in a and "total" in a and not int(a.get("complete", a["done"] == a["total"])):
        text += f"\nunfinished: {a['done']} of {a['total']} trajectories"
    lost = int(dataset.diverged.sum()) if "diverged" in dataset else 0
    return text + (f"\n{lost} trajectories diverged: their outputs count as wrong" if lost else "")


def left_out(diverged: np.ndarray) -> list[str]:
    """What a title says of runs that came to no numbers, and are not in the means; [] of none."""
    lost = int(np.sum(diverged))
    return [f"{lost} diverged run{'s' if lost > 1 else ''} left out"] if lost else []


def symbol(dataset: xr.Dataset) -> str:
    r"""What the coordinate alpha_tilde holds: \tilde\alpha, or \alpha where the sweep says so."""
    return r"\alpha" if dataset.attrs.get("scale") == "alpha" else r"\tilde\alpha"


def jammed(dataset: xr.Dataset) -> np.ndarray:
    """(h, alpha_tilde) mask: below the jamming line, or fewer than half of the seeds fit."""
    few = dataset.fit.values < 0.5
    if "jamming_h" not in dataset:
        return few
    return few | (dataset.h.values[:, None] < dataset.jamming_h.values)


def width_ticks(axis: Any, h: np.ndarray) -> None:
    """Plain numbers on a logarithmic axis of widths: 1, 2, 5, 10, ..., or some of h itself."""
    round_ones = [m * 10**k for k in range(9) for m in (1, 2, 5) if h[0] <= m * 10**k <= h[-1]]
    few = h.size <= 6 or len(round_ones) < 3
    axis.set_major_locator(FixedLocator(h.tolist()[:: -(-h.size // 6)] if few else round_ones))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))


def parser(name: str, description: str) -> Parser:
    """The arguments of a figure: where from, where to."""
    p = Parser(prog=name, description=description, allow_abbrev=False)
    p.add_argument("store", type=Path, metavar="STORE", help="folder of the sweep")
    p.add_argument("--out", type=Path, help=f"PNG or PDF (default: STORE/{name}.png)")
    return p


def command(
    p: Parser,
    line: Sequence[str] | None,
    drawing: Callable[[Any, Path], None],
    opened: Callable[[Path], Any] | None = None,
) -> int:
    """The exit code of a command with the arguments of `parser`; see `write`."""

    def run(a: argparse.Namespace) -> int:
        return write(a.store, a.out or a.store / f"{p.prog}.png", drawing, opened)

    return exit_code(p, run, line)


def write(
    source: Path,
    target: Path,
    drawing: Callable[[Any, Path], None],
    opened: Callable[[Path], Any] | None = None,
) -> int:
    """Open the results, draw them and say where; 0.

    `opened` reads `source`; by default as the folder of a phase diagram.

    Raises:
        BadInput: there is nothing to draw, or `target` is no place for a figure.
    """
    from sweeps.phase_diagram import open_diagram

    if target.suffix.lower() not in FORMATS:
        raise BadInput(f"{target} is no name for a figure: end it with .png or .pdf")
    with readable(source):
        found = (opened or open_diagram)(source)
        if not target.parent.is_dir():
            raise BadInput(f"there is no folder {target.parent}: make it, or choose another")
        drawing(found, target)
    tell(target, kept=target)
    return 0


@contextmanager
def readable(source: Path) -> Iterator[None]:
    """Around what opens and draws stored results: they may be foreign, or change meanwhile.

    Raises:
        BadInput: they cannot be drawn, whatever that shows by.
    """
    try:
        yield
    except (BadInput, OSError, MemoryError):
        raise
    except Exception as error:
        raise BadInput(
            f"{source} cannot be drawn ({type(error).__name__}: {one_line(error)}): it is damaged,"
            " not whole or of another version; run the sweep again, or see --debug"
        ) from error
