"""Networks of the user's own by name: what a name may stand for, and what is refused in a line."""

import copy
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.accepted import adapted
from jamming.models.counting import count
from jamming.training.spec import Job
from sweeps.engine.discover import COMMANDS
from sweeps.engine.own_network import NetworkOf, check, module_of, network_named
from sweeps.lazy_feature.commands import Regimes
from sweeps.phase_diagram.commands import PhaseDiagram
from sweeps.transition.commands import FindNstar

SOURCE = """
import flax.linen as nn
import jax.numpy as jnp
from flax import nnx
from beside import draw

class Linen(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(1, use_bias=False)(nn.Dense(self.h, use_bias=False)(x))

class NNX(nnx.Module):
    def __init__(self, h, rngs):
        self.a = nnx.Linear(10, h, use_bias=False, rngs=rngs)
        self.b = nnx.Linear(h, 1, use_bias=False, rngs=rngs)

    def __call__(self, x):
        return self.b(self.a(x))

class NoWidth(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(1)(x)

class Two(nn.Module):
    h: int

    @nn.compact
    def __call__(self, x):
        return nn.Dense(2)(x)

def pair(h):
    return (lambda key, x: draw(key, (10, h), (h, 1))), lambda w, x: x @ w[0] @ w[1]

def factory(rngs):
    return NNX(4, rngs)

def of_both(h, rngs):
    return NNX(h, rngs=rngs)

def same(h):
    return Linen(3)

def two(h, d):
    return Linen(h)

def init(key, x):
    return jnp.ones(3)

def raises(h):
    raise RuntimeError("out of order")

lone, tied = Linen(4), pair(4)
number = 3
"""
BESIDE = """
import jax

def draw(key, *shapes):
    return [jax.random.normal(key, shape) for shape in shapes]
"""
SMALL: dict[str, Any] = {"P": (12,), "precision": "float32"}
X = jnp.ones((1, 10))


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("nets.py").write_text(SOURCE)
    Path("beside.py").write_text(BESIDE)
    return tmp_path


def size(net: NetworkOf, h: int) -> int:
    made = adapted(net(SimpleNamespace(widths=(h,))))
    return count(jax.eval_shape(made.init, jax.random.key(0), X)).N


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("name", ["Linen", "NNX", "pair", "of_both"])
def test_networks_of_any_width_are_made_of_it(name: str) -> None:
    net = network_named(f"nets.py:{name}")
    assert not net.one
    assert [size(net, h) for h in (3, 5)] == [33, 55]


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("name", "N"), [("lone", 44), ("tied", 44), ("factory", 44), ("NoWidth", 10)]
)
def test_one_network_is_the_same_at_any_width(name: str, N: int) -> None:
    net = network_named(f"nets.py:{name}")
    assert net.one
    assert [size(net, h) for h in (3, 5)] == [N, N]
    with pytest.raises(BadInput, match=f"{name} is one network.*give one width"):
        net.several((3, 5))


def test_a_changed_file_is_another_network(there: Path) -> None:
    before = network_named("nets.py:Linen")
    again: NetworkOf = copy.deepcopy(before)  # as it travels to workers
    assert (again, module_of(again.label)) == (before, "nets.py:Linen")
    (there / "nets.py").write_text(SOURCE.replace("nn.Dense(self.h,", "nn.Dense(2 * self.h,"))
    after = network_named("nets.py:Linen")
    keys = {Job("digits10pca", 9, (2,), label=net.label).key for net in (before, after)}
    assert len(keys) == 2
    assert size(after, 3) == 66
    with pytest.raises(BadInput, match="has changed"):
        _ = NetworkOf(before.path, "pair", before.digest).one


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nets.py", "names no network"),
        ("nets.py:", "names no network"),
        (":Linen", "names no network"),
        ("nets.py:a.b", "names no network"),
        ("none.py:Linen", r"cannot be read \(No such file"),
        (".py/:Linen", "cannot be read"),
        ("no_such_package.nets:Linen", "no_such_package"),
        ("math:sin", "no module 'math' of Python source"),
        ("nets.py:Other", "has no 'Other': it has Linen, NNX, NoWidth"),
        ("nets.py:number", "a int cannot be trained"),
        ("nets.py:two", r"two\(h, d\) is none of \(h\)"),
        ("nets.py:init", r"init\(key, x\) is none of"),
        ("broken.py:Net", "cannot be imported: ModuleNotFoundError: No module named 'not_there'"),
        ("exits.py:Net", "cannot be imported: it exits"),
        ("syntax.py:Net", "cannot be imported: SyntaxError"),
    ],
)
def test_what_names_no_network_is_one_line(spec: str, said: str) -> None:
    Path("broken.py").write_text("import not_there")
    Path("exits.py").write_text("raise SystemExit(3)")
    Path("syntax.py").write_text("def f(:")
    with pytest.raises(BadInput, match=said) as refused:
        network_named(spec)
    assert "\n" not in str(refused.value)


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("same", r"same has 33 parameters at h = 2 and 4: .* must grow"),
        ("raises", "width 2 cannot be made by raises: RuntimeError: out of order"),
        ("Two", r"Two gives outputs of shape \[2, 2\]"),
    ],
)
def test_networks_that_cannot_be_swept_are_refused(name: str, said: str) -> None:
    job = Job("digits10pca", 12, (1,), label="own", precision="float32")
    with pytest.raises(BadInput, match=said):
        check(network_named(f"nets.py:{name}"), job, (2, 4))


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize("command", [FindNstar, PhaseDiagram, Regimes])
def test_options_of_networks_by_name_are_refused(command: Any) -> None:
    for more in ({"depth": (3,)}, {"activation": "tanh"}, {"bias": not command.bias}):
        with pytest.raises(BadInput, match="of networks by name, not of --module"):
            command(module="nets.py:Linen", **SMALL, **more).config()


@pytest.mark.usefixtures("there")
def test_jobs_of_all_commands_name_the_network() -> None:
    label = network_named("nets.py:Linen").label
    (of_diagram,) = PhaseDiagram(module="nets.py:Linen", **SMALL).config()
    of_search = FindNstar(module="nets.py:Linen", **SMALL).config()
    of_regimes = Regimes(module="nets.py:Linen", **SMALL).config()
    jobs = [of_search.largest(), *of_diagram.grid(), *of_regimes.cells().jobs()]
    assert {(job.label, job.L) for job in jobs} == {(label, 1)}
    assert PhaseDiagram(module="nets.py:Linen", **SMALL).folder.name == "phase-digits10pca-Linen"


@pytest.mark.usefixtures("there")
def test_the_commands_of_the_page_are_taken() -> None:
    page = Path(__file__).parents[3] / "docs" / "howto" / "own_networks.md"
    lines = re.findall(r"^python -m (\S+) (.*--module .*)$", page.read_text(), re.MULTILINE)
    Path("nets.py").write_text(SOURCE.replace("Linen(nn", "Twice(nn").replace("Linen(", "Twice("))
    np.savez("animals.npz", x=np.eye(60)[:, :5] + 1, y=["cat", "dog", "cow"] * 20)
    for module, words in lines:
        given = words.removeprefix("regimes ").split()
        (name,) = [
            each for each in COMMANDS if each in (module.rpartition(".")[2], words.split()[0])
        ]
        COMMANDS[name].of(given).config()
    assert len(lines) == 3
