"""The experiments on finite memory."""

from sweeps.engine.experiment import Experiment
from sweeps.memory.commands import Columns, Memory

EXPERIMENTS = (
    Experiment(
        "memory",
        "memory.nc",
        6.0,
        "some hundred hours of two cores",
        Memory(ram=(8, 16), memento=(3,)),
        Memory(ram=(8, 16, 20), memento=(3,), steps=1_000_000, max_time=1e9),
    ),
    Experiment(
        "memory-256",
        "memory.nc",
        2.0,
        "some hundred hours of two cores",
        Memory(
            ram=(64,),
            memento=(4,),
            initial=("random", "cycles", "necklace"),
            dynamics=("flow",),
            steps=4000,
            seeds=10,
        ),
        Memory(ram=(64,), memento=(4,), dynamics=("flow",), steps=1_000_000, max_time=1e9),
    ),
    Experiment(
        "columns",
        "columns.nc",
        2.0,
        "an hour of two cores",
        Columns(),
        Columns(ram=(2, 4, 8, 16, 32), r=(1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1), steps=100_000),
    ),
)
