"""The command `python -m sweeps.kernel_curves`: learning curves of kernels on data sets."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds
from jamming.commands.typed import Help
from sweeps.engine import command


@dataclass(frozen=True, kw_only=True)
class KernelCurves(command.Sweep):
    """Learning curves of kernels on a data set, beside what their spectra predict."""

    dataset: command.DataSet = "digits"
    P: command.ManyPoints = (50, 100, 200, 400, 800)
    kernel: Annotated[tuple[str, ...], Help("laplace, gaussian, matern, arc_cosine, tangent")] = (
        *("laplace", "gaussian"),
    )
    sigma: Annotated[tuple[float, ...], Help("lengths; pixels are 0 to 255")] = (1000.0,)
    nu: Annotated[float, Help("of matern")] = 1.5
    depth: Annotated[int, Help("hidden layers of arc_cosine and tangent")] = 1
    ridge: Annotated[float, Help("added to the diagonal")] = 0.0
    svm: Annotated[int, Help("largest P of support vector machines, 0: none")] = 6400
    C: Annotated[float, Help("price of margins that are not kept; inf: hard margin")] = 1e4
    spectrum: Annotated[tuple[int, ...], Help("points of kernel PCA")] = (350, 700, 1400)
    test_points: command.TestPoints = 350
    seeds: Annotated[int, Help("draws of the points")] = 5
    data_seed: Annotated[int, Help("first seed of the data")] = 0

    example: ClassVar[str] = "--dataset mnist"
    lower: ClassVar[str] = "--P, --spectrum or --test-points"
    home: ClassVar[str] = "kernel-curves-{dataset}"

    def config(self) -> Any:
        from sweeps.kernel_curves.kernel_curves import Curves

        runs(seeds=seeds(self.data_seed, self.seeds))
        several = range(self.data_seed, self.data_seed + self.seeds)
        kernels = tuple(dict.fromkeys(self.kernel))
        return [
            self.grid(Curves, kernels=kernels, sigma=sigma, seed=seed)
            for sigma in dict.fromkeys(self.sigma)
            for seed in several
        ]

    def check(self, config: Any) -> None:
        config[0].check()
