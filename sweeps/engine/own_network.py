"""`--module nets.py:Mixer`: a network of the user's own, by its name in a file or a module.

A job names it by the file's name and a hash of what the file holds, in its `label`: after a change
of that file (files that it imports do not count) it is another network, and is trained anew.
"""

import dataclasses
import functools
import hashlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path
from typing import Annotated, Any

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput, described, one_line
from jamming.commands.typed import Help

Module = Annotated[
    str | None,
    Help("a network of your own, nets.py:Name or package.nets:Name (docs/howto/own_networks.md)"),
]
DIGITS = 12  # of a hash
# options that say what a network by name is like
BY_NAME = (
    *("depth", "activation", "normalised", "parametrisation", "init", "bias", "architecture"),
    *("fractional", "centred", "observe", "dry_run"),
)


@dataclass(frozen=True)
class NetworkOf:
    """From a job to the network of its width that is called `name` in the file `path`.

    `module` is the name by which that is imported, empty for a lone file. It travels to other
    machines as these names; there the file has to be the same. Raises BadInput where it is not.
    """

    path: str
    name: str
    digest: str
    module: str = ""

    @property
    def label(self) -> str:
        """What jobs are told apart by."""
        return f"{Path(self.path).name}:{self.name}@{self.digest}"

    def __call__(self, job: Any) -> Any:
        return self.of_width(job.widths[0])

    def of_width(self, h: int) -> Any:
        """The network, of width h where it has one, as `jamming.network` takes it."""
        from jamming.training.custom import called

        return called(f"the network of width {h} cannot be made by {self.name}", self._make()[0], h)

    @property
    def one(self) -> bool:
        """Whether it is one network, that has no width."""
        return self._make()[1]

    def _make(self) -> tuple[Callable[[int], Any], bool]:
        return _maker(self.name, _found(self.path, self.name, self.digest, self.module))

    def several(self, h: Sequence[int]) -> None:
        """Refuse more than one width of a network that has none."""
        if self.one and len(set(h)) != 1:
            raise BadInput(
                f"{self.name} is one network, whatever the width: give one width, or a class"
                " or function of h that makes networks"
            )


def network_named(spec: str) -> NetworkOf:
    """What nets.py:Name or package.nets:Name stands for, once it is found to make networks.

    Raises BadInput if there is no such file, module or name, it raises when it is imported, or what
    is there is neither a network nor makes some.
    """
    place, colon, name = str(spec).rpartition(":")
    if not (colon and place and name.isidentifier()):
        raise BadInput(
            f"--module {shown(spec)} names no network: give nets.py:Name or package.nets:Name"
        )
    file = place.endswith(".py") or os.sep in place
    path = place if file else _origin(place)
    digest, whole = _digest(path), str(Path(path).absolute())  # workers have other folders
    found = NetworkOf(whole, name, digest, "" if file else place)
    _ = found.one
    return found


def module_of(label: str) -> str:
    """nets.py:Name of the label of a job whose network `--module` named; else nothing."""
    name, at, digest = label.rpartition("@")
    return name if at and len(digest) == DIGITS and ".py:" in name else ""


def given(command: Any) -> NetworkOf | None:
    """The network that a command names, if it does."""
    spec = getattr(command, "module", None)
    return None if spec is None else network_named(spec)


def named(command: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a job of a command, whose network may be the user's own.

    Raises BadInput also for options that are of networks by name alone.
    """
    net = given(command)
    if net is None:
        return dict(fields)
    for name, (flag, value, default) in command.given().items():
        if name in BY_NAME and value != default:
            flag = f"no-{flag}" if value is False else flag
            raise BadInput(f"--{flag} is of networks by name, not of --module: leave it out")
    if fields["dataset"] == "random":
        raise BadInput("random has d = h, which an own network does not say: give random<d>")
    return {**fields, "label": net.label, "widths": fields["widths"][:1]}


def own(command: Any) -> Any:
    """`UserSupplied` with the network that a command names, None without."""
    from sweeps.engine.execute import UserSupplied

    net = given(command)
    return None if net is None else UserSupplied(net)


def check(net: NetworkOf | None, job: Any, widths: Sequence[int]) -> None:
    """Refuse now what runs with an own network would refuse, and one that does not grow with h."""
    if net is None:
        return
    import jax

    from jamming.models.counting import count
    from jamming.training import custom
    from jamming.training.build import network_of

    net.several(widths)
    data, sizes = job.data(), {}
    x = jax.ShapeDtypeStruct(data.x_train.shape, job.dtype)
    for h in sorted({min(widths), max(widths)}):
        made: Any = network_of(job.replace(widths=(h,)), net)
        custom.check_alpha(job, made)
        custom.check_data(job, data, custom.check_network(made, x, job.loss_function()))
        w = jax.eval_shape(made.init, jax.random.key(0), x)
        sizes[h] = count(w).all
    if len(set(sizes.values())) < len(sizes):
        raise BadInput(
            f"{net.name} has {sizes[h]} parameters at h = {' and '.join(map(str, sizes))}: its"
            " networks must grow with h, which is what the class or function is called with"
        )


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:DIGITS]
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else one_line(error)
        raise BadInput(f"--module {shown(path)} cannot be read ({said}): give a file.py") from error


def _origin(module: str) -> str:
    """The file of a module."""
    try:
        found = util.find_spec(module)
    except Exception as error:  # a package above it is imported, which is not our code
        raise BadInput(f"{module} cannot be found: {described(error)}") from error
    if found is None or not found.origin or not found.origin.endswith(".py"):
        raise BadInput(f"there is no module {shown(module)} of Python source: give one, or a file")
    return found.origin


@functools.lru_cache
def _found(path: str, name: str, digest: str, module: str) -> Any:
    file = Path(path).name
    if (now := _digest(path)) != digest:
        raise BadInput(f"{file} has changed ({now}, it was {digest}): run the command again")
    try:
        loaded = import_module(module) if module else _loaded(path, digest)
    except (Exception, SystemExit) as error:  # it is not our code
        said = described(error) if isinstance(error, Exception) else "it exits"
        raise BadInput(f"{module or file} cannot be imported: {said}") from error
    if not hasattr(loaded, name):
        there = [one for one, of in vars(loaded).items() if _of(loaded, one, of)]
        has = f"it has {', '.join(there[:8])}" if there else "it defines no class or function"
        raise BadInput(f"{module or file} has no '{name}': {has}")
    return getattr(loaded, name)


def _of(module: Any, name: str, value: Any) -> bool:
    here = getattr(value, "__module__", None) == module.__name__
    return here and callable(value) and not name.startswith("_")


def _loaded(path: str, digest: str) -> Any:
    """A file as a module, which finds those beside it as a script does."""
    name = f"own_{Path(path).stem}_{digest}"
    spec = util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadInput(f"{path} is no Python file: give one that ends in .py")
    beside = str(Path(path).absolute().parent)
    if beside not in sys.path:
        sys.path.append(beside)
    module = sys.modules[name] = util.module_from_spec(spec)  # dataclasses look there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _maker(name: str, found: Any) -> tuple[Callable[[int], Any], bool]:
    """From a width to a network, and whether it is the same one for all widths."""
    import flax.linen as nn
    from flax import nnx

    from jamming.models.own import Network, applicable, drawn, network

    if isinstance(found, type) and issubclass(found, nn.Module):
        own = [f.name for f in dataclasses.fields(found) if f.name not in ("parent", "name")]
        if not own:
            return lambda h: found(), True
        width = "h" if "h" in own else own[0]
        return lambda h: found(**{width: h}), False
    if isinstance(found, tuple | nnx.Module | nn.Module) or (
        isinstance(found, Network) and not isinstance(found, type)
    ):
        net = network(found)
        return lambda h: net, True
    if not callable(found):
        applicable(found)  # which says what is wanted
    try:
        # classes of NNX have a metaclass, whose signature says nothing
        made = found
        if isinstance(found, type):
            made = functools.partial(inspect.getattr_static(found, "__init__"), None)
        signature = inspect.signature(made)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} cannot be called: give a function of the width h") from error
    needed = [
        each.name
        for each in signature.parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    first = needed[0] if needed and needed[0] not in ("rngs", "key", "rng") else None
    of_width = first and signature.parameters[first].kind is not inspect.Parameter.KEYWORD_ONLY
    if needed == ["rngs"]:
        return lambda h: drawn(lambda rngs: found(rngs=rngs)), True
    if of_width and needed[1:] == ["rngs"]:
        return lambda h: drawn(lambda rngs: found(h, rngs=rngs)), False
    if of_width and len(needed) == 1:
        return found, False
    raise BadInput(
        f"{name}{signature} is none of (h), (h, rngs), (rngs), which make a network of width h:"
        " give such a function, or a Linen module, an NNX module or a pair (init, apply)"
    )
