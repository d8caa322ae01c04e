"""The sweeps of the chapter, tiny: what they find is what the library finds; bad input."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jamming.dynamics.optimiser import adam
from jamming.memory import graphs, initial, learning
from jamming.memory.arms import symmetric
from jamming.memory.confidence import best_column
from sweeps.engine.store import Store
from sweeps.memory.columns import RESULTS as OF_COLUMNS
from sweeps.memory.commands import COMMANDS, Columns, Memory
from sweeps.memory.learning import LANES, RESULTS, Curves, Learned
from sweeps.memory.learning import learning as learned
from tests.made_up.runs import mtimes

TINY = "--ram 2 --initial random column --dynamics adam --steps 40 --max-time 50 --seeds 6"


def test_learning_resumes_and_finds_what_the_library_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert Memory.main([*TINY.split(), "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("ram(2)  random      adam")
    assert (out / "learning.png").is_file()
    with xr.open_dataset(out / RESULTS) as found:
        found.load()
    arms = symmetric(0.1)
    np.testing.assert_allclose(found.best, best_column(2, arms, 1e-4)[1])
    config = Memory.of(TINY.split()).config()
    assert [one.seeds for one in config.several] == [LANES, 1] * 2
    last = config.several[1]  # the sixth seed
    of = learning.landscape(initial.start("ram", 2, "random", arms, 1e-4, 5), arms, 1e-4)
    expected = learning.learn([of], adam(0.05, max_ticks=40), last.times())
    curve = found.curves.sel(curve="ram 2 random adam", seed=5)
    np.testing.assert_allclose(curve, expected.curves[:, 0], rtol=1e-9)
    # a block that is lost is learnt again, to the same bits; the others are not touched
    store = Store(out)
    before = mtimes(out)
    again = learned(config, store)
    np.testing.assert_array_equal(again.curves, found.curves)
    assert mtimes(out) == before
    del store[last.key]
    np.testing.assert_array_equal(learned(config, Store(out)).curves, found.curves)


def test_columns_are_learnt_from_near_the_best_ones(tmp_path: Path) -> None:
    line = "--ram 2 --r 1e-3 1e-2 --mu 0.3 --dynamics adam --steps 40 --seeds 2"
    assert Columns.main([*line.split(), "--out", str(tmp_path / "out")]) == 0
    with xr.open_dataset(tmp_path / "out" / OF_COLUMNS) as found:
        found.load()
    assert dict(found.sizes) == {"M": 1, "r": 2, "mu": 1, "seed": 2}
    best = best_column(2, symmetric(0.3), 1e-2)[1]
    assert float(found.best.sel(r=1e-2).item()) == best
    assert (found.q > found.best).all()
    assert (found.q < found.best + 0.05).all()


def test_a_graph_of_ones_own_is_read_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "ring.txt"
    table.write_text("1 1 0\n0 1 1\n1,0,1\n")
    (one,) = (
        Memory.of(["--graph", str(table), "--seeds", "2", "--dynamics", "adam"]).config().several
    )
    assert isinstance(one, Learned)
    np.testing.assert_array_equal(one.graph().successors[2, 0, 0], [0, 2])
    assert one.starts()[1].v["w"].shape == (3, 2, 2, 2, 2)
    Curves((one,)).check()
    assert graphs.graph(np.eye(3)).effective == 12


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--ram 0", "M or m, the size of a memory, = 0 is too small"),
        ("--memento 9", "m, the plays that a Memento remembers, = 9 is too large"),
        ("--ram 4 --r 0", "the reset probability r must be above 0"),
        ("--ram 4 --r 1.5", "the reset probability r must be above 0 and below 1, not 1.5"),
        ("--ram 4 --mu 1", "mu, the difference of the arms, must be above 0 and below 1"),
        ("--ram 4 --arms 0.4 0.6", "must be better than the bad one"),
        ("--ram 4 --arms 0.4", "--arms takes two chances of +1, not 1"),
        ("--ram 4 --initial best", "unknown initialisation 'best': choose random, linear"),
        ("--ram 4 --initial cycles", "no memory starts at cycles: choose of ram: random, "),
        ("--ram 4 --dynamics sgd", "unknown dynamics 'sgd': choose flow, euler, adam"),
        ("--graph nowhere.txt", "nowhere.txt cannot be read"),
        ("--ram 4 --seeds 0", "seeds = 0 is too small"),
        ("columns --ram 4 --mu 0", "mu, the difference of the arms, must be above 0"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, words = Memory, line.split()
    if words[0] == "columns":
        command, words = Columns, words[1:]
    assert command.main([*words, "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_commands_are_called_by_their_chapter() -> None:
    assert [each.called() for each in COMMANDS] == [
        "python -m sweeps.memory",
        "python -m sweeps.memory columns",
    ]
