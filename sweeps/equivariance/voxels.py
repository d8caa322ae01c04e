"""`python -m sweeps.equivariance.voxels`: pieces of Tetris in one orientation, then in any.

Steerable networks and a plain convolutional one, each with and without a low-pass before its
strides, learn the eight pieces as voxels in one orientation, at positions that differ by parts of a
voxel, and are asked about pieces turned at random (M. Weiler, M. Geiger, M. Welling, W. Boomsma &
T. Cohen, *3D steerable CNNs*, NeurIPS 2018, sec. 5.1). Before anything is learnt, it is measured
how much the means over all places change as pieces are turned by 45 degrees about an axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.spatial.transform import Rotation

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.equivariant.data import tetris
from jamming.equivariant.error import equivariance_error
from jamming.equivariant.euclidean import nonlinear
from jamming.equivariant.euclidean.voxels import VoxelCNN, VoxelNet
from jamming.models.classic.classifier import layers
from jamming.training.classify import train_images
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "voxels.nc"
NETWORKS = (*nonlinear.KINDS, "cnn")
FIELDS, CHANNELS, STRIDES = ((4, 2, 2), (8, 4, 4), (32,)), (20, 40, 32), (1, 2, 1)


@dataclass(frozen=True)
class Piece(grid.Checked):
    """One network that learns pieces on n^3 voxels.

    Args:
        network: a nonlinearity of a steerable network, or cnn
        smooth: 1: with a low-pass before strides, 0: without
        copies: of each piece that are learnt, of one orientation, `tests` of random ones
        cube: voxels a side of a cube, of which pieces are four
        jitter: voxels by which their middles differ from that of the grid, either way, at most
        lr: of ADAM, in `steps` steps of `batch` images
    """

    network: Annotated[str, grid.scalar(given.one_of, "network", known=NETWORKS)]
    smooth: Annotated[int, grid.scalar(given.whole, least=0, most=1)]
    n: Annotated[int, grid.scalar(given.whole, "voxels n", least=5, most=64)]
    copies: Annotated[int, grid.scalar(given.whole, least=1, most=1000)]
    tests: Annotated[int, grid.scalar(given.whole, least=1, most=1000)]
    cube: Annotated[float, grid.scalar(given.number, above=0.0, most=16.0)]
    jitter: Annotated[float, grid.scalar(given.number, least=0.0, most=16.0)]
    steps: Annotated[int, grid.scalar(given.whole, least=1, most=1_000_000)]
    batch: Annotated[int, grid.scalar(given.whole, least=1, most=8000)]
    lr: Annotated[float, grid.scalar(given.number, "learning rate", above=0.0, most=10.0)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**31 - 1)]

    version: ClassVar[int] = 2

    def job(self) -> ImageJob:
        """The training, of images that are made here."""
        return ImageJob(
            "tetris",
            8 * self.copies,
            self.network,
            label=self.key,
            optimiser="adam",
            lr=self.lr,
            schedule="cosine",
            batch=self.batch,
            steps=self.steps,
            check_epochs=max(1.0, self.steps * self.batch / (8 * self.copies)),
            snapshot_points=8,  # a look takes as long as steps do
            data_seed=self.seed,
            init_seed=self.seed,
            batch_seed=self.seed,
        )

    def check(self) -> None:
        """Refuse batches larger than the data, pieces beyond the grid, and impossible networks."""
        line = list(tetris.PIECES).index("line")  # the longest, as far off as it comes
        tetris.voxels([line], self.n, offsets=[[0, 0, self.jitter]], cube=self.cube)
        self.job()
        self.net()

    def net(self) -> VoxelNet | VoxelCNN:
        """The network; odd numbers of voxels are halved evenly."""
        how: Any = {"strides": STRIDES, "padding": 3, "smooth": bool(self.smooth)}
        how["average_norm"] = True
        if self.network == "cnn":
            return VoxelCNN(channels=CHANNELS, **how)
        return VoxelNet(fields=FIELDS, nonlinearity=self.network, **how)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Accuracies, losses at the end, and errors [piece] of the network before it learns."""
        net, draw = self.net(), {"jitter": self.jitter, "cube": self.cube}
        x, y = tetris.drawn(self.copies, self.n, 2 * self.seed, turned=False, **draw)
        test = tetris.drawn(self.tests, self.n, 2 * self.seed + 1, turned=True, **draw)
        (run,) = train_images([self.job()], data=(x, y, *test), net=net)
        if run.result == "NON_FINITE":
            raise BadInput(f"{self.network} diverged at a learning rate of {self.lr}: lower it")
        numbers = {
            "accuracy": 1 - run.test_error,
            "learnt": 1 - run.train_error,
            "loss": run.train_loss,
            "parameters": run.N_all,
        }
        return numbers, {"error": self.untrained(net)}

    def untrained(self, net: VoxelNet | VoxelCNN) -> np.ndarray:
        """|mean of a turned piece - that of the piece| / |that of the piece|, over all places."""
        turn = Rotation.from_euler("z", 45, degrees=True).as_matrix()
        x, turned = (
            jnp.asarray(tetris.voxels(np.arange(8), self.n, R, cube=self.cube))
            for R in (None, np.broadcast_to(turn, (8, 3, 3)))
        )
        variables = jax.jit(net.init)(jax.random.key(self.seed), x)

        @jax.jit
        def pooled(x: Any) -> Any:
            return layers(net, variables, x, batch_norm="running")["average"]

        return np.asarray(equivariance_error(pooled, x, [lambda _: turned]))[0]


def voxels(several: Sequence[Piece], store: Store) -> xr.Dataset:
    """Train what the store lacks; numbers over (network, smooth, seed), `error` over piece, too."""
    measure(several, store, Piece.run, unit="networks")
    cells = {
        (one.network, one.smooth, one.seed): {
            **store[one.key]["trajectory"],
            **store.arrays(one.key),
        }
        for one in several
    }
    axes = [list(dict.fromkeys(values)) for values in zip(*cells, strict=True)]
    coords = dict(zip(("network", "smooth", "seed"), axes, strict=True))
    first = several[0]
    return gather.gathered(cells, coords, {"error": ("piece",)}).assign_attrs(
        n=first.n, copies=first.copies, steps=first.steps, tests=first.tests
    )


def summary(found: xr.Dataset) -> str:
    """A line for each network, with and without a low-pass; means over seeds."""

    def accuracy(one: xr.Dataset) -> str:
        each = one.accuracy.values
        error = np.std(each, ddof=1) / len(each) ** 0.5 if len(each) > 1 else np.nan
        return gather.spread(np.mean(each), error, ".1f", percent=True)

    columns: dict[str, Any] = {
        "turned at random": accuracy,
        "as learnt": ("learnt", ".1%"),
        "loss": ("loss", ".2g"),
        "parameters": ("parameters", ".0f"),
        "error at 45 degrees": lambda one: gather.number(float(one.error.mean()), ".2g"),
    }
    return gather.table(gather.means(found, ("network", "smooth"), columns))


if __name__ == "__main__":
    from sweeps.equivariance.voxels_command import Voxels

    raise SystemExit(Voxels.main())
