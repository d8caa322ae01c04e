"""Jobs of several classes and the tangent kernels of all outputs of their networks."""

import jax.numpy as jnp
import numpy as np
import pytest

from jamming.kernels.empirical import memory, ntk
from jamming.training.build import network_at, program, task_of
from jamming.training.ready import of_job
from jamming.training.spec import Job
from jamming.training.train import train

LAZY = Job(
    dataset="digits5pca",
    P=20,
    widths=(8,),
    loss="cross_entropy",
    parametrisation="ntp",
    activation="softplus5",
    dynamics="flow",
    max_ticks=300,
    tol=1e-3,
    test_points=30,
)


def test_a_lazy_network_does_as_its_frozen_kernel_of_all_outputs() -> None:
    network = LAZY.replace(alpha=1e4, kernel_points=5)
    lazy, frozen = train([network, LAZY.replace(model_kind="kernel_init")], weights=True)
    assert lazy.result == frozen.result == "FITTED"
    assert lazy.F_test is not None
    assert frozen.F_test is not None
    assert frozen.F_test.shape == (30, 10)
    assert np.linalg.norm(frozen.F_test - lazy.F_test) < 0.02 * np.linalg.norm(lazy.F_test)
    assert frozen.kernel_change is None
    # of the kernel that the job stores, from the weights that it ended with
    apply, w0, w = network_at(network, network.data().x_train, lazy.w)
    x = jnp.asarray(network.data().x_test[:5])
    theta, theta0 = (ntk(apply, at, x, outputs="full") for at in (w, w0))
    change = np.linalg.norm(theta - theta0) / np.linalg.norm(theta0)
    assert lazy.kernel_change == pytest.approx(change, rel=1e-6)
    assert 0 < change < 1e-2


def test_jobs_of_kernels_are_affordable_or_say_what_to_lower() -> None:
    """Kernels of all outputs are k^2 times those of one; their change is measured in pieces."""
    one, all_of = (
        LAZY.replace(model_kind="kernel_init", loss=loss) for loss in ("logistic", "cross_entropy")
    )
    assert of_job(all_of)["the kernels"] == 100 * of_job(one)["the kernels"]
    assert of_job(LAZY.replace(kernel_points=30))["a kernel"] == 2 * 8 * 300**2
    assert of_job(LAZY.replace(kernel_points=10**4))["a kernel"] == memory()


def test_the_kernel_of_infinite_width_is_the_same_for_each_class_and_none_between() -> None:
    job = LAZY.replace(model_kind="kernel_infinite")
    problem = task_of(job, job.data()).problem
    assert program(job) != program(LAZY.replace(model_kind="kernel_init"))
    c = jnp.zeros((20, 10)).at[:, 3].set(1.0)
    F = problem.predictor({"c": c}, problem.x)
    np.testing.assert_allclose(F[:, 3], problem.x.sum(1), rtol=1e-12)
    assert not np.delete(F, 3, axis=1).any()
