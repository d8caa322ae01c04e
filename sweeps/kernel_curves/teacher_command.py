"""The commands on teachers: kernels that learn Gaussian fields, on spheres and on lattices."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from jamming.checks.arguments import one_of, runs, seeds, some
from jamming.commands.typed import Help
from sweeps.engine import command

# of a Gaussian student, whose kernel is singular to rounding without one
JITTERS = (1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2)


@dataclass(frozen=True, kw_only=True)
class TeacherStudent(command.Sweep):
    """Learning curves of kernels that learn Gaussian fields on spheres, beside two theories."""

    teacher: Annotated[str, Help("covariance of the labels: laplace, gauss, matern")] = "laplace"
    student: Annotated[str, Help("kernel that learns: laplace, gauss, matern")] = "laplace"
    d: Annotated[tuple[int, ...], Help("dimensions of the sphere")] = (1, 2, 3, 4)
    nu: Annotated[tuple[float, ...], Help("of a matern teacher")] = (1.0,)
    student_nu: Annotated[float, Help("of a matern student")] = 1.0
    sigma: Annotated[float | None, Help("length of both kernels (default: d)")] = None
    n: Annotated[tuple[int, ...], Help("training points, three or more")] = (
        *(50, 100, 200, 400, 800, 1600),
    )
    tests: Annotated[int, Help("test points of each draw")] = 500
    jitter: Annotated[
        tuple[float, ...] | None,
        Help("added to the student's diagonal (default: 0; several for gauss)"),
    ] = None
    draws: Annotated[int, Help("of the points")] = 5
    seed: Annotated[int, Help("the first")] = 0

    example: ClassVar[str] = "--teacher laplace --student gauss --d 6"
    lower: ClassVar[str] = "--n or --tests"
    home: ClassVar[str] = "{teacher}-teacher-{student}-student"

    def config(self) -> Any:
        from jamming.kernels.fields import NAMES, SHORT
        from sweeps.kernel_curves.teacher_student import Taught

        teacher, student = (
            one_of(role, SHORT.get(name, name), NAMES)
            for role, name in {"teacher": self.teacher, "student": self.student}.items()
        )
        ladder = JITTERS if student == "gaussian" else (0.0,)
        jitter = ladder if self.jitter is None else self.jitter
        first, draws = self.seed, seeds(self.seed, self.draws, name="draws")
        d, nu = (tuple(dict.fromkeys(some(k, getattr(self, k)))) for k in ("d", "nu"))
        nu = nu if teacher == "matern" else nu[:1]
        runs(draws=draws, d=len(d), nu=len(nu))
        return [
            self.grid(
                Taught,
                teacher=teacher,
                student=student,
                d=each,
                nu=one,
                sigma=float(each) if self.sigma is None else self.sigma,
                jitter=jitter,
                seed=s,
            )
            for each in d
            for one in nu
            for s in range(first, first + draws)
        ]

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("kernel_curves.teacher",)


@dataclass(frozen=True, kw_only=True)
class Lattice(command.Sweep):
    """The exact error of kernels that learn Gaussian fields from sites of a periodic lattice."""

    d: Annotated[tuple[int, ...], Help("dimensions of the lattice, 1 and 2")] = (1, 2)
    nu: Annotated[tuple[float, ...], Help("of the teachers: spectrum w^-(d + 2 nu)")] = (
        *(0.5, 1.0, 1.5, 2.0, 2.5, 3.5),
    )
    student_nu: Annotated[float, Help("of the student")] = 0.5
    n: Annotated[tuple[int, ...], Help("sites, of a square lattice a square number")] = (
        *(16, 64, 256, 1024, 4096),
    )
    sigma: Annotated[float, Help("length of both kernels, of a box of side 2 pi")] = 1.0

    example: ClassVar[str] = "--nu 0.5 1 4 --student-nu 1"
    lower: ClassVar[str] = "--n"

    def config(self) -> Any:
        return self.grid()

    def figures(self, found: Any) -> tuple[str, ...]:
        return ("kernel_curves.lattice",)
