"""`python -m sweeps.lazy_feature regimes`: from lazy to feature learning, over decades of alpha.

Trains ensembles of networks at a few widths h and many alpha~ = sqrt(h) alpha, for each data set, P
and depth, and flows their tangent kernels, frozen at the start and, on request, at the end (Geiger,
Spigler, Jacot and Wyart, *Disentangling feature and lazy training in deep neural networks*, 2020).
`sweeps.lazy_feature.dataset` says what the result holds.
"""

import itertools
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Unpack

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jax.tree_util import tree_map
from jaxtyping import Array, Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.models.networks import FC, Pad, Params
from jamming.models.reparametrised import Reparametrised, abc, alpha_tilde
from jamming.objectives.predictor import Network
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, UserSupplied, execute
from sweeps.engine.own_network import module_of, network_named
from sweeps.engine.store import Store
from sweeps.lazy_feature.dataset import Cells, measured
from sweeps.shared import alpha_grid
from sweeps.shared.learning_rates import Stepped

RESULTS = "regimes.nc"
# Those that a job can name; other points of the abc family are user-supplied networks.
NAMED = ("ntp", "mfp")


@dataclass(frozen=True)
class Config(grid.Grid):
    """All of `datasets`, `P`, `depths`, `h`, `alphas` and `seeds`; all else is that of `job`.

    There are `sets` training sets, of the data seeds of `job` and above, and `seeds` networks on
    each (`sweeps.shared.alpha_grid`), whose outputs are averaged.
    `alphas` are values of alpha~, or of alpha itself where `scale` says so. `networks` and
    `kernels`: whether to train networks, and to flow their kernels frozen at the start; with
    `kernel_end`, also those at the end of training. `subtract` off: learn alpha f in place of
    alpha (f - f0). `abc`: a point of that family (`jamming.models.parametrisation.abc`).
    `module` names networks of the user's own (`sweeps.engine.own_network`), which have one depth.
    """

    datasets: Annotated[tuple[str, ...], grid.several(grid.names, counts="datasets", sort=False)]
    P: Annotated[tuple[int, ...], grid.several(given.wholes, counts="P", sort=False, least=2)]
    depths: Annotated[
        tuple[int, ...],
        grid.several(given.wholes, "depth", counts="depths", sort=False, most=given.DEEPEST),
    ]
    h: grid.Widths
    alphas: Annotated[tuple[float, ...], grid.Rule(grid.alphas, "alphas")]
    seeds: grid.Seeds = 5
    sets: grid.DataSets = 1
    scale: str = "alpha_tilde"
    networks: bool = True
    kernels: bool = True
    kernel_end: bool = False
    subtract: bool = True
    abc: str = "ntp"
    module: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (self.networks or self.kernels):
            raise BadInput("there is neither a network nor a kernel to train")
        if self.kernel_end and not self.networks:
            raise BadInput("kernels of the end are those of networks, which are left out")
        if not self.subtract and (self.abc != "ntp" or self.kernels or self.kernel_end):
            raise BadInput("alpha f is for networks in ntp alone: leave the kernels out")
        abc(self.abc, 1)
        if self.abc not in NAMED and self.job.dynamics in ("adam", "sgd"):
            raise BadInput(
                f"the rates of {self.job.dynamics} are known for {' and '.join(NAMED)} alone:"
                f" train networks in {self.abc} by gradient flow"
            )
        for each in self.grids().values():
            if self.module is None and self.own is not None:
                ChangedNetwork(self.abc, self.subtract)(each.job)  # refuses what it cannot be

    def check(self, *, here: bool = True, points: int = 0) -> None:
        for each in self.grids().values():
            each.check(here=here, points=points)

    def grids(self) -> dict[tuple[str, int, int], alpha_grid.Config]:
        """(data set, P, L) -> its grid over h and alpha."""
        # in mfp and its like alpha~ is alpha
        scale = self.scale if alpha_tilde(abc(self.abc, 1), 4.0, 1.0) > 1 else "alpha"
        named = self.abc if self.abc in NAMED else "ntp"
        job = self.job.replace(parametrisation=named, label=self.label)
        return {
            (dataset, P, L): Stepped(
                job.replace(dataset=dataset, P=P, widths=(1,) * L),
                self.h,
                self.alphas,
                self.seeds,
                scale=scale,
                refine=1.0,
                kernel=self.kernels,
                sets=self.sets,
            )
            for dataset, P, L in itertools.product(self.datasets, self.P, self.depths)
        }

    @property
    def label(self) -> str:
        if self.module is not None:
            return network_named(self.module).label
        if not self.subtract:
            return "alpha f"
        return "" if self.abc in NAMED else self.abc

    @property
    def own(self) -> UserSupplied | None:
        """The networks that a job cannot name."""
        if self.module is not None:
            return UserSupplied(network_named(self.module))
        return UserSupplied(ChangedNetwork(self.abc, self.subtract)) if self.label else None

    def cells(self) -> Cells:
        places = {(*at, h): each for at, each in self.grids().items() for h in each.h}
        networks, ends, kernels = {}, {}, {}
        for at, each in places.items():
            for a in each.alpha_tilde if self.networks else ():
                networks[*at, a] = jobs = each.jobs(at[-1], a)
                if self.kernel_end:
                    ends[*at, a] = [job.replace(**each.frozen("kernel_end")) for job in jobs]
            if self.kernels:
                kernels[at] = each.kernel_jobs(at[-1])
        return Cells(networks, ends, kernels)


def regimes(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; what was measured (`sweeps.lazy_feature.dataset`)."""
    cells = config.cells()
    execute(cells.jobs(), store, own=config.own, **how)
    some = next(iter(config.grids().values()))
    values, point = np.array(some.alpha_tilde), abc(config.abc, 1)
    factor = np.array([alpha_tilde(point, float(h), 1.0) for h in some.h])[:, None]
    found = measured(cells, store, config.scale, values)
    if config.scale == "alpha_tilde":
        found = found.assign_coords(alpha=(("h", "alpha_tilde"), values / factor))
    else:
        found = found.assign_coords(alpha_tilde=(("h", "alpha"), values * factor))
    # of an own network this is what figures can say
    activation = module_of(config.label) or config.job.activation
    return found.assign_attrs(
        config.attrs("loss", "dynamics", "architecture", activation=activation),
        seeds=config.seeds,
        sets=config.sets,
        bias=int(config.job.bias),
        scale=config.scale,
        subtract=int(config.subtract),
        parametrisation=config.abc,
    )


def summary(found: xr.Dataset) -> str:
    columns = {
        "error": ("error", ".4f"),
        "ensemble": ("ensemble_error", ".4f"),
        "kernel": ("kernel_ensemble_error", ".4f"),
        "fit": ("fitted", ".2f"),
        "|dTheta|": ("kernel_change", ".3g"),
    }
    over = ("dataset", "P", "L", "h", found.attrs["scale"])
    return gather.table(gather.means(found, over, columns))


class Uncentred(FC):
    """Under `jamming.objectives.predictor.Scaled` it learns alpha f: f(w0) stays in."""

    anchors: ClassVar[Any] = None

    def difference(  # type: ignore[override]
        self, w: Params, dw: Params, x: Float[Array, "P *d"], pad: Pad | None = None
    ) -> Float[Array, "P *c"]:
        """f(w + dw, x), all of it."""
        given = () if pad is None else (pad,)
        outputs: Any = self.apply(tree_map(jnp.add, w, dw), x, *given)
        return outputs


@dataclass(frozen=True)
class ChangedNetwork:
    """From a job, of a fully connected network, to one that a job cannot name.

    It has f(w0) left in, or is at the point `abc` of that family.
    """

    abc: str
    subtract: bool

    def __call__(self, job: Job) -> Network:
        net = job.network()
        if not isinstance(net, FC):
            raise BadInput("alpha f and the abc family are for fully connected networks here")
        if self.subtract:
            return Reparametrised(net, abc(self.abc, net.L))
        names = ("h", "L", "activation", "parametrisation", "bias", "c")
        return Uncentred(**{name: getattr(net, name) for name in names})
