"""What a tangent kernel of several outputs costs: time and memory, beside torch.func.

The kernel of a fully connected network [n, n, k, k] and its trace, in float32, each in a process of
its own, whose memory is seen: by `jamming.ntk`, in blocks, and as the tutorial on neural tangent
kernels of PyTorch has it, by Jacobians of all points (`vmap` of `jacrev`) and products of them.
Compilation is not timed, the best of several turns counts. Memory is what the process has at most
beyond what it had with the network and the points. The kernels are compared.

    python -m benchmarks.ntk                  # exits 1 if slower; needs the extra `peer`
"""

import itertools
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.lanes import timed
from jamming.checks.arguments import MOST, one_of, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.kernels.empirical import ntk

WAYS = "jamming", "torch"
OUTPUTS = "full", "trace"


@dataclass(frozen=True)
class Setting:
    """n points in d dimensions, a network of L hidden layers of h neurons and k outputs."""

    n: int
    d: int
    h: int
    L: int
    k: int

    def arrays(self) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
        """Weights [fan-in, neurons] and biases by layer, and points [n, d]."""
        rng = np.random.default_rng(0)
        sizes = [self.d, *[self.h] * self.L, self.k]
        layers = [
            (rng.standard_normal((a, b)).astype(np.float32), np.zeros(b, np.float32))
            for a, b in itertools.pairwise(sizes)
        ]
        x = rng.standard_normal((self.n, self.d)).astype(np.float32)
        return layers, x


SETTINGS = Setting(200, 100, 100, 3, 10), Setting(150, 784, 256, 2, 10), Setting(60, 64, 1000, 2, 4)


def by_jamming(of: Setting, outputs: str) -> Callable[[], np.ndarray]:
    """`jamming.ntk`, compiled at the first call."""
    layers, x = of.arrays()

    def f(w: Any, x: jax.Array) -> jax.Array:
        for i, (W, b) in enumerate(w):
            x = x @ W / len(W) ** 0.5 + b
            x = jax.nn.relu(x) if i < of.L else x
        return x

    run = jax.jit(lambda w, x: ntk(f, w, x, outputs=outputs))
    w, points = jax.tree.map(jnp.asarray, layers), jnp.asarray(x)
    return lambda: np.asarray(run(w, points))


def by_torch(of: Setting, outputs: str) -> Callable[[], np.ndarray]:
    """Jacobians [n, k, weights] of each layer's arrays, and sums of their products."""
    import torch
    from torch.func import jacrev, vmap

    layers, x = of.arrays()
    w = [tuple(map(torch.from_numpy, layer)) for layer in layers]
    points = torch.from_numpy(x)
    sum_of = {"full": "Naf,Mbf->NMab", "trace": "Naf,Maf->NM"}[outputs]

    def f(w: Any, x: Any) -> Any:
        for i, (W, b) in enumerate(w):
            x = x @ W / len(W) ** 0.5 + b
            x = torch.relu(x) if i < of.L else x
        return x

    def run() -> np.ndarray:
        jacobian = vmap(jacrev(f), (None, 0))(w, points)
        flat = [J.flatten(2) for layer in jacobian for J in layer]
        return sum(torch.einsum(sum_of, J, J) for J in flat).numpy()

    return run


def measured(way: str, index: int, outputs: str, turns: int) -> dict[str, Any]:
    """Seconds, bytes and some numbers of the kernel; of this process."""

    def most() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    run = (by_jamming if way == "jamming" else by_torch)(SETTINGS[index], outputs)
    before, kernel = most(), run()
    seconds = min(timed(run)[0] for _ in range(turns))
    few = kernel[:3, :3].astype(float).ravel().tolist()
    return {"seconds": seconds, "bytes": most() - before, "few": few}


@dataclass(frozen=True, kw_only=True)
class Kernels(Command):
    """What a tangent kernel of several outputs costs, beside torch.func."""

    turns: Annotated[int, Help("of which the best counts")] = 3
    settings: Annotated[int, Help("only the first of them")] = len(SETTINGS)
    only: Annotated[str, Help("WAY,SETTING,OUTPUTS: measure this alone, print it as JSON")] = ""

    prog: ClassVar[str] = "ntk"

    def run(self) -> int:
        for name, most in {"turns": MOST, "settings": len(SETTINGS)}.items():
            whole(name, getattr(self, name), most=most)
        if self.only:
            way, index, outputs = (*self.only.split(","), "", "")[:3]
            one_of("way", way, WAYS)
            one_of("outputs", outputs, OUTPUTS)
            one_of("setting", index, tuple(map(str, range(len(SETTINGS)))))
            echo(json.dumps(measured(way, int(index), outputs, self.turns)))
            return 0
        # not imported: what this process has had at most, its children would have, too
        if find_spec("torch") is None:
            raise BadInput("torch is not installed: pip install 'jamming[peer]'")
        echo(f"{'points, network':34}{'kernel':>8}{'jamming':>20}{'torch.func':>20}{'ratios':>16}")
        slower = False
        for i, of in enumerate(SETTINGS[: self.settings]):
            for outputs in OUTPUTS:
                ours, theirs = (self.child(way, i, outputs) for way in WAYS)
                np.testing.assert_allclose(ours["few"], theirs["few"], rtol=2e-4, atol=1e-2)
                both = [f"{one['seconds']:.3f} s {said(one['bytes'])}" for one in (ours, theirs)]
                time, memory = (theirs[key] / max(ours[key], 1e-9) for key in ("seconds", "bytes"))
                slower |= time < 1
                name = f"{of.n} in {of.d} d, h {of.h}, L {of.L}, k {of.k}"
                ratios = f"{time:.1f} / {memory:.1f}"
                echo(f"{name:34}{outputs:>8}{both[0]:>20}{both[1]:>20}{ratios:>16}")
        return 1 if slower else 0

    def child(self, way: str, index: int, outputs: str) -> dict[str, Any]:
        """What a process of its own measures."""
        only = f"--only={way},{index},{outputs}"
        line = [sys.executable, "-m", "benchmarks.ntk", only, f"--turns={self.turns}"]
        done = subprocess.run(line, check=True, capture_output=True, text=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def said(size: float) -> str:
    return f"{size / 2**20:.0f} MB"


main = Kernels.main

if __name__ == "__main__":
    sys.exit(main())
