"""Images a second whose scattering is computed, beside Kymatio under jax.jit, and the floor.

Both in float32 with all cores, on the same images, in turns of which the best counts. Kymatio is in
an environment of its own, in the cache folder, since it needs a SciPy below 1.17. The floor is what
the Fourier transforms of the usual algorithm take alone, each measured at its size: one for each
image, one for each wavelet and one for each modulus that is filtered further or averaged.
Coefficients of both are compared.

    python -m benchmarks.scattering        # two minutes; exits 1 where Kymatio is faster anywhere
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.environment import environment
from benchmarks.lanes import timed
from jamming.checks.arguments import MOST, number, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.files import cache_dir
from jamming.commands.typed import Command, Help
from jamming.wavelets.transforms import Scattering2D

PEER = ("kymatio==0.3.0", "scipy<1.17")
PI = 3.1415  # for pi in Kymatio's Gaussians
CASES = ((32, 2, 256), (32, 3, 256), (224, 3, 8))  # side, J, images
AGREE = 1e-5
TURNS = 3


class Kymatio:
    """A process of it."""

    def __init__(self) -> None:
        home = cache_dir() / "kymatio"
        python = environment(home, *PEER, f"jax=={version('jax')}")
        script = Path(__file__).with_name("kymatio_jax.py")
        pipe: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([python, script], **pipe)

    def answer(self, **case: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        if not (line := self.process.stdout.readline()):
            raise BadInput("Kymatio has ended: see what it said above")
        return json.loads(line)


def fastest(call: Callable[[], Any], seconds: float) -> float:
    """The least seconds of a call, of those that a time allows, three at least."""
    each: list[float] = []
    while sum(each) < seconds or len(each) < 3:
        each.append(timed(lambda: jax.block_until_ready(call()))[0])
    return min(each)


def floor(scattering: Scattering2D, images: int, seconds: float) -> float:
    """Seconds of the Fourier transforms of so many images alone."""
    sides, J, L = scattering.banks[0].shape, scattering.J, scattering.L
    # at each resolution: transforms into a wavelet's, and of its moduli
    count = {j: 1.0 * (j == 0) for j in range(J)}
    for j in range(J):
        count[j] += 2 * L * (1 + (j * L if scattering.max_order > 1 else 0))
    total = 0.0
    for j, transforms in count.items():
        batch = max(1, images * L // 4)
        x = jnp.ones((batch, *(n >> j for n in sides)), jnp.complex64)
        total += fastest(partial(_fft, x), seconds / J) / batch * transforms * images
    return total


_fft = jax.jit(jnp.fft.fft2)


@dataclass(frozen=True, kw_only=True)
class Scattering(Command):
    """Images a second whose scattering is computed, beside Kymatio."""

    L: Annotated[int, Help("angles")] = 8
    side: Annotated[tuple[int, ...], Help("of images; by default 32, 32, 224")] = ()
    J: Annotated[tuple[int, ...], Help("octaves, one a side; by default 2, 3, 3")] = ()
    images: Annotated[int, Help("in one call, with --side")] = 64
    seconds: Annotated[float, Help("of each timing")] = 3.0

    prog: ClassVar[str] = "scattering"

    def run(self) -> int:
        cases = self.cases()
        jax.config.update("jax_platforms", "cpu")
        kymatio = Kymatio()
        echo(f"L = {self.L}, order 2, float32, Kymatio {PEER[0].split('==')[1]} under jax.jit")
        echo("side  J  images/s  Kymatio   ratio  floor  x floor  compiled in (s)  differ by")
        worst, apart = np.inf, 0.0
        try:
            for side, J, images in cases:
                ratio, differ = self.compare(kymatio, side, J, images)
                worst, apart = min(worst, ratio), max(apart, differ)
        finally:
            kymatio.process.kill()
        good = worst >= 1 and apart <= AGREE
        echo(
            f"at least {worst:.2f} times as fast, coefficients differ by {apart:.1e} at most: "
            + ("as wanted" if good else f"1 and {AGREE:g} are wanted")
        )
        return 0 if good else 1

    def cases(self) -> list[tuple[int, int, int]]:
        """(side, J, images) of each; BadInput where they cannot be."""
        number("seconds", self.seconds, above=0.0, most=600.0)
        whole("images", self.images, most=MOST)
        if len(self.side) != len(self.J):
            raise BadInput(f"{len(self.side)} sides and {len(self.J)} J: give one J for each side")
        own = [(n, J, self.images) for n, J in zip(self.side, self.J, strict=True)]
        several = own or list(CASES)
        for side, J, _ in several:
            Scattering2D(J=J, shape=side, L=self.L)
        return several

    def compare(self, kymatio: Kymatio, side: int, J: int, images: int) -> tuple[float, float]:
        """Print a row; how many times as fast, and how far the coefficients are apart."""
        scattering = Scattering2D(J=J, shape=side, L=self.L)
        x = jnp.asarray(np.random.default_rng(0).standard_normal((images, side, side), np.float32))
        compiling, _ = timed(lambda: jax.block_until_ready(scattering(x)))
        case = {"n": side, "J": J, "L": self.L, "batch": images, "seconds": self.seconds / TURNS}
        first = kymatio.answer(**case, show=True)
        ours, theirs, least = [], [first["seconds"]], []
        for _ in range(TURNS):
            ours.append(fastest(lambda: scattering(x), self.seconds / TURNS))
            theirs.append(kymatio.answer(**case, show=False)["seconds"])
            least.append(floor(scattering, images, self.seconds / TURNS))
        factor = np.array([(np.pi / PI) ** (path.order + 1) for path in scattering.paths])
        S, seen = np.asarray(scattering(x[:2])) * factor[:, None, None], np.array(first["S"])
        differ = float(np.abs(S - seen).max() / np.abs(seen).max())
        mine, his, bare = (images / min(each) for each in (ours, theirs, least))
        echo(
            f"{side:4d}  {J}  {mine:8.0f}  {his:7.0f}  {mine / his:6.2f}  {bare:5.0f}"
            f"  {bare / mine:7.2f}  {compiling:4.1f} / {first['compiling']:4.1f}  {differ:13.1e}"
        )
        return mine / his, differ


main = Scattering.main

if __name__ == "__main__":
    sys.exit(main())
