"""The experiments on learning curves of kernels."""

from sweeps.engine.experiment import Experiment

EXPERIMENTS: tuple[Experiment, ...] = ()
