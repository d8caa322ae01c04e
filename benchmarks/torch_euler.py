"""The papers' adaptive Euler as one writes it in PyTorch: a module, autograd and a Python loop.

The rule is that of `jamming.dynamics.euler`, for alpha (f - f0) and the soft hinge: dt starts at 1;
a step is accepted where alpha |f' - f| < 0.1 at all points and |g - g'|^2 / (|g| |g'|) is below the
tolerance, else dt is divided by 10; dt grows by a tenth where both are below half of that; the end
is where all margins are met. The gradient at the new weights serves the next attempt.

Imports torch; `benchmarks.peer` runs it, in processes of their own.
"""

import time
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import softplus

TOL_OUTPUT, GROWTH, CUT = 0.1, 1.1, 10.0


@dataclass(frozen=True)
class Start:
    """Where a trajectory starts: weights [fan_in, fan_out] of all layers, points, labels."""

    weights: tuple[Float[np.ndarray, "fan_in fan_out"], ...]
    scale: float  # of softplus_5
    alpha: float
    x: Float[np.ndarray, "P d"]
    y: Float[np.ndarray, " P"]
    x_test: Float[np.ndarray, "T d"]


@dataclass(frozen=True)
class Run:
    """How it ended: gradients spent, flow time, seconds of the loop, and outputs F."""

    gradients: int
    t: float
    seconds: float
    fitted: bool
    F_train: Float[np.ndarray, " P"]
    F_test: Float[np.ndarray, " T"]


class FC(nn.Module):
    """Fully connected in the NTK parametrisation, without biases: x [P, d] to f [P]."""

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.scale = start.scale
        self.layers = nn.ParameterList([nn.Parameter(torch.tensor(W)) for W in start.weights])

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for W in hidden:
            x = self.scale * softplus(x @ (W / len(W) ** 0.5), beta=5)
        return (x @ (last / len(last) ** 0.5))[:, 0]


def begin(all_there: Barrier) -> None:
    """First in every process: one core each, and none begins before all are there."""
    torch.set_num_threads(1)
    all_there.wait()


def descend(start: Start, most: int, tol_gradient: float) -> Run:
    """Follow the flow until all margins are met, or for `most` gradients."""
    net, alpha = FC(start), start.alpha
    x, y, x_test = (torch.tensor(a) for a in (start.x, start.y, start.x_test))
    params = list(net.parameters())
    with torch.no_grad():
        f0, f0_test = net(x), net(x_test)

    def evaluated() -> tuple[Tensor, tuple[Tensor, ...]]:
        F = alpha * (net(x) - f0)
        loss = softplus(1 - y * F, beta=20).mean() / alpha**2
        return F.detach(), torch.autograd.grad(loss, params)

    begun = time.perf_counter()
    F, g = evaluated()
    dt, t, gradients = 1.0, 0.0, 1
    while gradients < most and not (y * F >= 1).all():
        before = [w.detach().clone() for w in params]
        with torch.no_grad():
            for w, slope in zip(params, g, strict=True):
                w -= dt * slope
        F_new, g_new = evaluated()
        gradients += 1
        output = (F_new - F).abs().max().item() / TOL_OUTPUT
        change = relative_change(g, g_new) / tol_gradient
        if output < 1 and change < 1:
            t, F, g = t + dt, F_new, g_new
            if output < 0.5 and change < 0.5:
                dt *= GROWTH
        else:
            with torch.no_grad():
                for w, old in zip(params, before, strict=True):
                    w.copy_(old)
            dt /= CUT
    seconds = time.perf_counter() - begun
    with torch.no_grad():
        F_test = alpha * (net(x_test) - f0_test)
    return Run(gradients, t, seconds, bool((y * F >= 1).all()), F.numpy(), F_test.numpy())


def relative_change(g: tuple[Tensor, ...], g_new: tuple[Tensor, ...]) -> float:
    """|g - g'|^2 / (|g| |g'|), and 0 where either norm is 0."""
    old, new = (torch.cat([slope.flatten() for slope in each]) for each in (g, g_new))
    scale = (old.norm() * new.norm()).item()
    return (old - new).square().sum().item() / scale if scale else 0.0
