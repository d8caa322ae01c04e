"""The experiments on learning curves of kernels."""

import math
from functools import partial

from sweeps.engine.experiment import Experiment
from sweeps.kernel_curves.curves_command import MANY, KernelCurves
from sweeps.kernel_curves.neighbours_command import Neighbours
from sweeps.kernel_curves.teacher_command import Lattice, TeacherStudent

WIDER = (*MANY[2:], 12_800, 20_000)  # to what has room in some 10 GB
DIMENSIONS = (2, 3, 5, 10, 15, 35)

hard_margin = partial(
    KernelCurves,
    P=(512, 1024, 2048, 4096, 8192, 16_384),
    kernel=("tangent",),
    C=math.inf,
    svm=16_384,
    spectrum=0,
)

# fmt: off
EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "kernel-curves-digits", "kernel_curves.nc", 5.0, "ten minutes of two cores",
        KernelCurves(seeds=10),
        KernelCurves(seeds=40),
    ),
    Experiment(
        "kernel-curves-mnist", "kernel_curves.nc", 7.0, "a day of two cores",
        KernelCurves(dataset="mnist", P=MANY),
        KernelCurves(dataset="mnist", P=WIDER, test_points=10_000, svm=20_000, seeds=10),
    ),
    Experiment(
        "kernel-curves-cifar10", "kernel_curves.nc", 10.0, "a day of two cores",
        KernelCurves(dataset="cifar10", P=MANY[1:-1]),
        KernelCurves(dataset="cifar10", P=WIDER, test_points=10_000, svm=20_000, seeds=10),
    ),
    Experiment(
        "kernel-curves-sigma", "kernel_curves.nc", 3.0, "an hour of two cores",
        KernelCurves(dataset="mnist", P=MANY[:-2], kernel=("laplace",), svm=0, spectrum=0,
            sigma=(10.0, 100.0, 300.0, 1000.0, 1e4, 1e5), seeds=4),
        KernelCurves(dataset="mnist", P=WIDER[:-2], kernel=("laplace",), svm=0, spectrum=0,
            sigma=(10.0, 100.0, 300.0, 1000.0, 1e4, 1e5), seeds=20),
    ),
    *(
        Experiment(
            f"kernel-curves-{dataset}", "kernel_curves.nc", 30.0, "two hours of two cores",
            hard_margin(dataset=dataset, seeds=12, test_points=20_000),
            hard_margin(dataset=dataset, seeds=40, test_points=20_000),
        )
        for dataset in ("stripe5", "cylinder5")
    ),
    Experiment(
        "neighbours-images", "neighbours.nc", 4.0, "an hour of two cores",
        Neighbours(dataset=("mnist", "cifar10"), P=(1000, 2000, 4000, 8000, 16_000),
            test_points=1000),
        Neighbours(dataset=("mnist", "cifar10"), P=(1000, 2000, 4000, 8000, 16_000, 32_000, 50_000),
            test_points=10_000, seeds=20),
    ),
    Experiment(
        "neighbours-spheres", "neighbours.nc", 1.0, "an hour of two cores",
        Neighbours(dataset=tuple(f"random{d + 1}" for d in DIMENSIONS),
            P=(1000, 2000, 4000, 8000, 16_000), test_points=2000, seeds=10),
        Neighbours(dataset=tuple(f"random{d + 1}" for d in DIMENSIONS),
            P=(1000, 10_000, 32_000, 100_000, 320_000), test_points=10_000),
    ),
)

TWO_CORES = "an hour of two cores"
LARGE = (100, 200, 400, 800, 1600, 3200, 6400)
ROUGH = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0)

EXPERIMENTS += (
    Experiment(
        "teacher-laplace", "teacher_student.nc", 2.0, TWO_CORES,
        TeacherStudent(draws=25),
        TeacherStudent(d=(1, 2, 3, 4, 6, 8, 10), n=LARGE, draws=25),
    ),
    Experiment(
        "teacher-gaussian", "teacher_student.nc", 2.0, TWO_CORES,
        TeacherStudent(teacher="gaussian", d=(2, 3, 4), draws=30),
        TeacherStudent(teacher="gaussian", d=(1, 2, 3, 4, 6, 8, 10), n=LARGE, draws=25),
    ),
    Experiment(
        "teacher-laplace-smooth-student", "teacher_student.nc", 3.0, TWO_CORES,
        TeacherStudent(student="gaussian", d=(6,), n=(62, 125, 250, 500, 1000, 2000), draws=8,
            jitter=(1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)),
        TeacherStudent(student="gaussian", d=(6,), n=LARGE, draws=20,
            jitter=(1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)),
    ),
    Experiment(
        "teacher-gaussian-smooth-student", "teacher_student.nc", 0.5, "minutes of two cores",
        TeacherStudent(teacher="gaussian", student="gaussian", d=(6,), draws=10,
            n=(50, 100, 200, 400, 700, 1000), jitter=(0.0, 1e-14, 1e-12)),
        TeacherStudent(teacher="gaussian", student="gaussian", d=(6,), draws=100,
            n=(50, 75, 100, 150, 200, 300, 400, 500, 600, 700, 800, 900, 1000),
            jitter=(0.0, 1e-14, 1e-12)),
    ),
    Experiment(
        "teacher-matern", "teacher_student.nc", 5.0, TWO_CORES,
        TeacherStudent(teacher="matern", d=(1,), nu=ROUGH, sigma=2.0, draws=24, tests=200,
            n=(50, 100, 200, 400, 800, 1600)),
        TeacherStudent(teacher="matern", d=(1,), nu=ROUGH, sigma=2.0, draws=200, n=LARGE[:-2]),
    ),
    Experiment(
        "lattice", "lattice.nc", 0.1, "seconds",
        Lattice(),
        Lattice(n=(16, 64, 256, 1024, 4096, 16_384, 65_536)),
    ),
)
