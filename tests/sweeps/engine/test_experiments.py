"""The named experiments: what they say to their commands is something that these can run."""

import dataclasses
import functools
import runpy
import shlex
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from jamming.checks.errors import BadInput
from jamming.commands.typed import Command
from jamming.data import parse_name
from jamming.models.counting import count
from jamming.training.spec import Job
from sweeps.engine.command import Sweep
from sweeps.engine.discover import COMMANDS, EXPERIMENTS, Experiment, Scale, experiment

ROOT = Path("results")
# what limits P where it is not only memory: points of the data set with either label
MOST = {"mnist": 2 * 34_418, "digits": 2 * 891}
EVERY = [(each, scale) for each in EXPERIMENTS.values() for scale in Scale]
NAMES = [f"{each.name}-{scale}" for each, scale in EVERY]


def dimension(dataset: str) -> int | None:
    """d, None where it is that of the network."""
    spec = parse_name(dataset)
    return spec.d if spec.base == "random" else spec.pca


def possible(dataset: str, P: int) -> bool:
    base = dataset if dataset == "primitives" else parse_name(dataset).base
    return 2 <= P <= MOST.get(base, 10**6)


@pytest.mark.parametrize(("each", "scale"), EVERY, ids=NAMES)
def test_its_arguments_make_a_config_that_can_be_run(each: Experiment, scale: Scale) -> None:
    """Nothing is run, and no data set needs to be there."""
    a = each.sweep(ROOT, scale)
    assert a.out == each.folder(ROOT, scale)
    assert type(a).of(a.line()) == a
    checks: dict[str, Any] = {
        "landscape": of_landscapes,
        "find_nstar": of_a_search,
        "learning_time": of_learning_times,
        "effective": of_ranks,
        "classes": of_classes,
        "stripe": of_stripes,
        "kernel_curves": of_kernels,
        "neighbours": of_images,
        "fields": of_images,
        "initial": of_images,
        "downsampled": of_images,
        "one_image": of_images,
        "properties": of_images,
        "errors": of_images,
        "voxels": of_images,
        "solids": of_images,
        "laziness": of_theory,
        "teacher_student": of_teachers,
        "lattice": of_lattice,
        "memory": of_memory,
        "columns": of_memory,
        "decompress": of_thresholds,
    }
    checks.get(a.prog, of_another)(a)


def of_thresholds(a: Any) -> None:
    """There are as many points, and more of them than these networks fit."""
    config = a.config()
    assert possible(a.dataset, round(config.ratio * config.N))
    assert config.ratio > 3  # well above the transition


def of_another(a: Any) -> None:
    """Its sweep makes a config of them, or several, or jobs; and there are as many points."""
    assert a.config()
    points = a.P if isinstance(a.P, tuple) else [a.P]
    datasets = getattr(a, "dataset", ("random10",))  # random features make their own
    names = datasets if isinstance(datasets, tuple) else [datasets]
    assert all(possible(name, P) for name in names for P in points)


def of_landscapes(a: Any) -> None:
    config = a.config()
    d = dimension(a.dataset)
    for L in config.depths:
        widths, N = config.widths(L, d)
        assert len(widths) == L
        assert N == pytest.approx(a.N, rel=0.1)
        assert possible(a.dataset, round(max(config.ratios) * N))
    assert config.job.decay_every is not None
    assert config.job.decay_every < config.job.max_ticks


def of_a_search(a: Any) -> None:
    config = a.config()
    assert config.P == tuple(a.P)
    assert config.depths == tuple(a.depth)
    assert all(possible(a.dataset, P) for P in a.P)
    assert config.job.batch is None or config.job.batch < min(a.P)


def of_learning_times(a: Any) -> None:
    config = a.config()
    assert max(config.times) == a.steps
    assert dimension(a.dataset) is not None
    assert all(possible(a.dataset, P) for P in a.P)


def of_classes(a: Any) -> None:
    config = a.config()
    assert len(config.losses) == len(config.lr) >= 1
    assert config.job.multiclass
    assert possible(a.dataset, a.P)
    assert a.decay_every is None or a.decay_every < a.steps


def of_stripes(a: Any) -> None:
    config = a.config()
    assert config.P == tuple(a.P)
    assert max(a.P) >= 10 * min(a.P)  # a decade, to fit exponents to
    assert config.sets >= 3
    assert all(possible(a.dataset, P) for P in a.P)


def of_kernels(a: Any) -> None:
    runs = a.config()
    assert len(runs) == a.seeds * len(a.sigma) >= 3
    P = runs[0].P
    assert max(P) >= 10 * min(P)
    assert possible(a.dataset, max(P) + runs[0].test_points)


def of_teachers(a: Any) -> None:
    """Of several draws of points in each dimension and for each nu, of a power of three sizes."""
    config = a.config()
    assert len(config) == len(a.d) * len(a.nu) * a.draws
    assert a.draws >= 5
    assert config[0].n == tuple(sorted(a.n))


def of_lattice(a: Any) -> None:
    a.config().check()


def of_memory(a: Any) -> None:
    """Of several starts, each with its own key."""
    config = a.config()
    specs = getattr(config, "several", config)
    assert len({spec.key for spec in specs}) == len(specs) > 5
    assert a.seeds >= (3 if a.prog == "columns" else 5)  # its starts are all beside one policy


def of_theory(a: Any) -> None:
    """Of several seeds, each with points of its own."""
    assert len(a.config()) == a.seeds >= 5


def of_images(a: Any) -> None:
    """Specs of their own, several of each kind, without a P."""
    specs = a.config()
    assert len({spec.key for spec in specs}) == len(specs) > 5
    assert getattr(a, "seeds", 5) >= 5  # independent units


def of_ranks(a: Any) -> None:
    """P (d + 1) is at least twice the parameters, in all of them."""
    jobs = a.config()
    assert jobs
    for job in jobs:
        d = dimension(job.dataset)
        assert d is not None
        assert possible(job.dataset, job.P)
        assert job.P * (d + 1) >= 2 * parameters(job, d)


def parameters(job: Job, d: int) -> int:
    """Of the network itself, which is not made."""
    return _parameters(dataclasses.replace(job, P=2, dataset="random", init_seed=0, data_seed=0), d)


@functools.cache
def _parameters(job: Job, d: int) -> int:
    return count(jax.eval_shape(job.network().init, jax.random.key(0), jnp.zeros((1, d)))).all


def test_every_experiment_is_found_under_its_own_name_and_has_folders_of_its_own() -> None:
    assert [experiment(name).name for name in EXPERIMENTS] == list(EXPERIMENTS)
    folders = [each.folder(ROOT, scale) for each, scale in EVERY]
    assert len(set(folders)) == len(folders) == 2 * len(EXPERIMENTS)
    assert {folder.parent for folder in folders} == {ROOT}
    for each in EXPERIMENTS.values():
        assert each.laptop != each.paper
        assert 0 < each.minutes <= 30
        assert each.paper_cost


def test_an_unknown_name_is_one_line_that_names_the_others() -> None:
    with pytest.raises(BadInput, match="unknown experiment 'jam'") as refused:
        experiment("jam")
    assert "\n" not in str(refused.value)
    assert all(name in str(refused.value) for name in EXPERIMENTS)


@pytest.mark.parametrize("root", [Path("results"), Path("my results") / "it's"])
def test_what_a_person_types_are_the_arguments(root: Path) -> None:
    """Also where the folder has blanks in its name."""
    for each, scale in EVERY:
        words = shlex.split(each.command(root, scale))
        a = each.sweep(root, scale)
        called = a.called().split()
        assert words == [*called, *a.line()]
        assert called[:2] == ["python", "-m"]


def test_a_person_starts_the_command_of_an_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is called by the name of its package."""
    started: list[str] = []

    def main(kind: type[Command], line: list[str] | None = None) -> int:
        started.append(kind.prog)
        return 0

    monkeypatch.setattr(Command, "main", classmethod(main))
    monkeypatch.setattr("jamming.commands.signals.begin", lambda: None)  # this process is none
    for name, kind in COMMANDS.items():
        module, *words = kind.called().split()[2:]
        monkeypatch.setattr("sys.argv", [module, *words, "--debug"])
        with pytest.raises(SystemExit):
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        assert started[-1] == name


def test_it_is_there_when_its_file_is(tmp_path: Path) -> None:
    for each, scale in EVERY:
        assert not each.there(tmp_path, scale)
        each.folder(tmp_path, scale).mkdir()
        assert not each.there(tmp_path, scale)
    for each in EXPERIMENTS.values():
        (each.folder(tmp_path, Scale.LAPTOP) / each.result).touch()
        assert each.there(tmp_path, Scale.LAPTOP)
        assert not each.there(tmp_path, Scale.PAPER)


@pytest.mark.parametrize("code", [0, 2, 3, 130])
def test_running_it_is_running_the_command(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for each, scale in EVERY if code == 0 else EVERY[:2]:
        given: list[Command] = []

        def run(command: Command, given: list[Command] = given) -> int:
            given.append(command)
            return code

        monkeypatch.setattr(Sweep, "run", run)
        assert each.run(ROOT, scale) == code
        assert given == [each.sweep(ROOT, scale)]
