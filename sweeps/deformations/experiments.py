"""The experiments on deformations: of the fields themselves, of networks, and of the stripe."""

from sweeps.deformations.commands import Deformations, Downsampled, Fields, Initial, StripeStability
from sweeps.engine.experiment import Experiment, h200

# the classes of Petrini et al. (2021), Table 1
ALL = (
    *("fullconn_l2", "fullconn_l4", "fullconn_l6", "lenet", "alexnet", "vgg11", "vgg16", "vgg19"),
    *("vgg11_bn", "vgg16_bn", "vgg19_bn", "resnet18", "resnet34", "resnet50", "efficientnet_b0"),
)

# fmt: off
EXPERIMENTS = (
    Experiment(
        "deformations-mnist", "trained.nc", 12.0, h200("1e18", "two days"),
        Deformations(dataset="mnist", P=(500, 5000), steps=1200, seeds=5),
        Deformations(dataset="cifar10", network=ALL,
            P=(500, 1000, 2000, 5000, 10_000, 20_000, 50_000), augmentation=("translate",),
            steps=97_657, batch=128, lr=0.1, images=500, seeds=16),
    ),
    Experiment(
        "deformations-cifar10", "trained.nc", 9.0, h200("1e18", "two days"),
        Deformations(dataset="cifar10", P=(15_000,), augmentation=("translate",), steps=4000,
            images=500),
        Deformations(dataset="cifar10", network=("fullconn_l4", "lenet", "strided", "resnet18"),
            P=(50_000,), augmentation=("translate",), steps=97_657, batch=128, images=500,
            seeds=16),
    ),
    Experiment(
        "fields", "fields.nc", 1.0, "half an hour of two cores",
        Fields(),
        Fields(n=(32, 64, 128, 256), fields=100_000),
    ),
    *(
        Experiment(
            f"stability-{name}", "stability.nc", 3.0, h200("1e16", "an hour"),
            Initial(dataset=name, seeds=8),
            Initial(dataset=name, network=ALL, width=1.0, images=500, seeds=16,
                delta=(0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0)),
        )
        for name in ("mnist", "cifar10")
    ),
    Experiment(
        "downsampled", "downsampled.nc", 4.0, h200("1e14", "minutes"),
        Downsampled(dataset="mnist", images=64),
        Downsampled(dataset="cifar10", width=1.0, seeds=16),
    ),
    Experiment(
        "stripe-stability", "stripe_stability.nc", 3.0, h200("1e16", "an hour"),
        StripeStability(P=(64, 128, 256, 512, 1024, 2048), sets=12),
        StripeStability(dataset="stripe10", P=(128, 256, 512, 1024, 2048, 4096, 8192, 16_384),
            h=4096, sets=16, steps=400_000),
    ),
)
