"""The experiments on learning curves: of invariant data, and of a CNN."""

from sweeps.engine.experiment import Experiment, h200
from sweeps.learning_curves.commands import LearningCurve, Stripe

# fmt: off
EXPERIMENTS = (
    Experiment(
        "stripe", "stripe.nc", 7.0, h200("2e16", "3 hours"),
        Stripe(P=(128, 256, 512, 1024, 2048, 4096), alpha_tilde=1e-6, sets=8, inits=1),
        Stripe(dataset="stripe10", P=(128, 256, 512, 1024, 2048, 4096, 8192, 16_384), h=4096,
            alpha_tilde=1e-6, sets=5, inits=4, pca=1024, steps=400_000),
    ),
    Experiment(
        "cylinder", "stripe.nc", 15.0, h200("2e16", "3 hours"),
        Stripe(dataset="cylinder5", P=(128, 256, 512, 1024, 2048, 4096), alpha_tilde=1e-6, sets=8,
            inits=1),
        Stripe(dataset="cylinder10", P=(128, 256, 512, 1024, 2048, 4096, 8192, 16_384), h=4096,
            alpha_tilde=1e-6, sets=5, inits=4, pca=1024, steps=400_000),
    ),
    Experiment(
        "curve-cnn", "learning_curve.nc", 8.0, h200("1e18", "2 days"),
        LearningCurve(dynamics="adam", dataset="mnist", P=(32, 64, 128, 256, 512, 1024), h=8,
            depth=4, alpha_tilde=0.1, sets=5),
        LearningCurve(dynamics="adam", dataset="mnist",
            P=(64, 128, 256, 512, 1024, 2048, 4096, 8192), h=100, depth=4, alpha_tilde=0.1, sets=5,
            steps=1_000_000, test_points=10_000),
    ),
)
