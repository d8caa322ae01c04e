"""The command `python -m sweeps.kernel_curves`: learning curves of kernels on data sets."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command

# the digits are 1797
FEW = (50, 100, 200, 400, 800, 1400)
MANY = (100, 200, 400, 800, 1600, 3200, 6400)


@dataclass(frozen=True, kw_only=True)
class KernelCurves(command.Sweep):
    """Learning curves of kernels on a data set, beside what their spectra predict."""

    dataset: command.DataSet = "digits"
    positive: Annotated[tuple[str, ...] | None, Help("of a file: labels that are +1")] = None
    P: Annotated[tuple[int, ...] | None, Help("training points (default: by data set)")] = None
    kernel: Annotated[tuple[str, ...], Help("laplace, gaussian, matern, arc_cosine, tangent")] = (
        *("laplace", "gaussian"),
    )
    sigma: Annotated[tuple[float, ...], Help("lengths; pixels are 0 to 255")] = (1000.0,)
    nu: Annotated[float, Help("of matern")] = 1.5
    depth: Annotated[int, Help("hidden layers of arc_cosine and tangent")] = 1
    ridge: Annotated[float, Help("added to the diagonal")] = 0.0
    svm: Annotated[int, Help("largest P of support vector machines, 0: none")] = 6400
    C: Annotated[float, Help("price of margins that are not kept; inf: hard margin")] = 1e4
    spectrum: Annotated[int | None, Help("points of kernel PCA, 0: none (default: P, to 2000)")] = (
        None
    )
    test_points: Annotated[int | None, Help("(default: by data set)")] = None
    seeds: Annotated[int, Help("draws of the points")] = 5
    data_seed: Annotated[int, Help("first seed of the data")] = 0

    example: ClassVar[str] = "--dataset mnist"
    lower: ClassVar[str] = "--P, --spectrum or --test-points"
    home: ClassVar[str] = "kernel-curves-{dataset}"

    def config(self) -> Any:
        from sweeps.kernel_curves.kernel_curves import Curves

        sigmas = tuple(dict.fromkeys(some("sigma", self.sigma)))
        runs(sigmas=len(sigmas), seeds=seeds(self.data_seed, self.seeds))
        few = self.dataset == "digits" or ".npz" in self.dataset
        P = self.P or (FEW if few else MANY)
        test_points = self.test_points
        fields = {
            "P": P,
            "test_points": (350 if few else 2000) if test_points is None else test_points,
            "spectrum": min(max(P, default=0), 2000) if self.spectrum is None else self.spectrum,
            "kernels": tuple(dict.fromkeys(self.kernel)),
        }
        several = range(self.data_seed, self.data_seed + self.seeds)
        return [self.grid(Curves, sigma=x, seed=seed, **fields) for x in sigmas for seed in several]

    def check(self, config: Any) -> None:
        config[0].check()

    def figures(self, found: Any) -> tuple[str, ...]:
        spectra = ("kernel_curves.spectra",) if "m" in found.dims else ()
        return ("kernel_curves.curves", *spectra)
