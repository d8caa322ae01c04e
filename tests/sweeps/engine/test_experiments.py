"""The named experiments: what they say to their commands is something that these can run."""

import dataclasses
import functools
import importlib
import importlib.util
import shlex
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import pytest

import sweeps.transition.effective
from jamming.checks.errors import BadInput
from jamming.data import parse_name
from jamming.models.networks import count
from jamming.training.spec import Job
from sweeps.engine.discover import EXPERIMENTS, Experiment, Scale, experiment
from sweeps.engine.options import parsed
from sweeps.learning_curves import kernel_regression, stripe
from sweeps.transition import classes, find_nstar, landscape, learning_time

ROOT = Path("results")
# what limits P where it is not only memory: points of the data set with either label
MOST = {"mnist": 2 * 34_418, "digits": 2 * 891}
EVERY = [(each, scale) for each in EXPERIMENTS.values() for scale in Scale]
NAMES = [f"{each.name}-{scale}" for each, scale in EVERY]


def asked(each: Experiment, scale: Scale) -> tuple[ModuleType, Namespace]:
    """The module of an experiment and the arguments, as it reads them."""
    module = importlib.import_module(each.module)
    line = each.arguments(ROOT, scale)
    p = module.parser()
    return module, parsed(p, line) if hasattr(p.parse_args(line), "config") else p.parse_args(line)


def dimension(dataset: str) -> int | None:
    """d, None where it is that of the network."""
    spec = parse_name(dataset)
    return spec.d if spec.base == "random" else spec.pca


def possible(dataset: str, P: int) -> bool:
    return 2 <= P <= MOST.get(parse_name(dataset).base, 10**6)


@pytest.mark.parametrize(("each", "scale"), EVERY, ids=NAMES)
def test_its_arguments_make_a_config_that_can_be_run(each: Experiment, scale: Scale) -> None:
    """Nothing is run, and no data set needs to be there."""
    module, a = asked(each, scale)
    assert a.out == each.folder(ROOT, scale)
    checks: dict[ModuleType, Any] = {
        landscape: of_landscapes,
        find_nstar: of_a_search,
        learning_time: of_learning_times,
        sweeps.transition.effective: of_ranks,
        classes: of_classes,
        stripe: of_stripes,
        kernel_regression: of_regressions,
    }
    if module in checks:
        checks[module](a)
    else:
        of_another(module, a)


def of_another(module: ModuleType, a: Namespace) -> None:
    """Its sweep makes a config of them, or several, or jobs; and there are as many points."""
    made = next(
        getattr(module, name)(a)
        for name in ("config_of", "configs_of", "jobs_of")
        if hasattr(module, name)
    )
    assert made
    points = a.P if isinstance(a.P, list) else [a.P]
    datasets = getattr(a, "dataset", ["random10"])  # random features make their own
    names = datasets if isinstance(datasets, list) else [datasets]
    assert all(possible(name, P) for name in names for P in points)


def of_landscapes(a: Namespace) -> None:
    config = landscape.config_of(a)
    d = dimension(a.dataset)
    for L in config.depths:
        widths, N = config.widths(L, d)
        assert len(widths) == L
        assert N == pytest.approx(a.N, rel=0.1)
        assert possible(a.dataset, round(max(config.ratios) * N))
    assert config.job.decay_every is not None
    assert config.job.decay_every < config.job.max_ticks


def of_a_search(a: Namespace) -> None:
    config = find_nstar.config_of(a)
    assert config.P == tuple(a.P)
    assert config.depths == tuple(a.depth)
    assert all(possible(a.dataset, P) for P in a.P)
    assert config.job.batch is None or config.job.batch < min(a.P)


def of_learning_times(a: Namespace) -> None:
    config = learning_time.config_of(a)
    assert max(config.times) == a.steps
    assert dimension(a.dataset) is not None
    assert all(possible(a.dataset, P) for P in a.P)


def of_classes(a: Namespace) -> None:
    config = classes.config_of(a)
    assert len(config.losses) == len(config.lr) >= 1
    assert config.job.multiclass
    assert possible(a.dataset, a.P)
    assert a.decay_every is None or a.decay_every < a.steps


def of_stripes(a: Namespace) -> None:
    config = stripe.config_of(a)
    assert config.P == tuple(a.P)
    assert max(a.P) >= 10 * min(a.P)  # a decade, to fit exponents to
    assert config.sets >= 3
    assert all(possible(a.dataset, P) for P in a.P)


def of_regressions(a: Namespace) -> None:
    runs = kernel_regression.runs_of(a)
    assert len(runs) == a.seeds >= 3
    assert max(a.P) >= 10 * min(a.P)
    assert all(possible(a.dataset, P) for P in a.P)


def of_ranks(a: Namespace) -> None:
    """P (d + 1) is at least twice the parameters, in all of them."""
    jobs = sweeps.transition.effective.jobs_of(a)
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
        assert each.arguments(ROOT, Scale.LAPTOP) != each.arguments(ROOT, Scale.PAPER)
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
        assert words[:2] == ["python", "-m"]
        assert words[3:] == each.arguments(root, scale)


@pytest.mark.parametrize("module", sorted({each.module for each in EXPERIMENTS.values()}))
def test_a_person_starts_the_module_of_an_experiment(module: str) -> None:
    """Also where it is called by the name of its package."""
    (each, *_) = (one for one in EXPERIMENTS.values() if one.module == module)
    typed = shlex.split(each.command(Path("results"), Scale.LAPTOP))[2]
    if typed == module:
        return
    found = importlib.util.find_spec(typed)
    assert found is not None
    runs = f"{typed}.__main__" if found.submodule_search_locations else typed
    source = importlib.util.find_spec(runs)
    assert source is not None
    assert source.origin is not None
    assert module in Path(source.origin).read_text()


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
    for each, scale in EVERY:
        given: list[list[str]] = []

        def main(arguments: list[str], given: list[list[str]] = given) -> int:
            given.append(arguments)
            return code

        monkeypatch.setattr(f"{each.module}.main", main)
        assert each.run(ROOT, scale) == code
        assert given == [each.arguments(ROOT, scale)]
