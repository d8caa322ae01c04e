"""The experiments on deformations: of the fields themselves, of networks, and of the stripe."""

from typing import Any

from sweeps.deformations.commands import (
    Deformations,
    Downsampled,
    Fields,
    Initial,
    StripeStability,
)
from sweeps.deformations.learning_commands import OneImage, Profiles
from sweeps.deformations.transfer_command import Transfer
from sweeps.engine.experiment import Experiment, h200

# the classes of Petrini et al. (2021), Table 1
ALL = (
    *("fullconn_l2", "fullconn_l4", "fullconn_l6", "lenet", "alexnet", "vgg11", "vgg16", "vgg19"),
    *("vgg11_bn", "vgg16_bn", "vgg19_bn", "resnet18", "resnet34", "resnet50", "efficientnet_b0"),
)

# 0.1 of SGD; ADAM, by which fully connected networks learn, does not learn with it
RATES = tuple(1e-3 if name.startswith("fullconn") else 0.1 for name in ALL)
# name: channels in units of the published, optimiser, learning rate. Without batch normalisation
# those with dropout and the deepest ones do not leave the start by SGD within hundreds of steps.
NARROW = {
    **{f"fullconn_l{L}": (1.0, "adam", 1e-3) for L in (2, 4, 6)},
    "lenet": (1.0, "sgd", 0.05),
    "alexnet": (0.25, "adam", 1e-3),
    "vgg11": (0.125, "adam", 1e-3),
    "vgg11_bn": (0.125, "sgd", 0.05),
    "strided": (1.0, "sgd", 0.05),
    "resnet18": (0.0625, "sgd", 0.05),
}
NETWORKS: dict[str, Any] = {
    "network": tuple(NARROW),
    **dict(zip(("width", "optimiser", "lr"), zip(*NARROW.values(), strict=True), strict=True)),
}
AUGMENTATIONS = ("none", "translate", "deform")
NORMS = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0)

# fmt: off
EXPERIMENTS = (
    Experiment(
        "deformations-mnist", "trained.nc", 12.0, h200("1e18", "two days"),
        Deformations(dataset="mnist", P=(500, 5000), steps=1200, seeds=5),
        Deformations(dataset="cifar10", network=(*ALL, "strided"),
            P=(500, 1000, 2000, 5000, 10_000, 20_000, 50_000), augmentation=("translate",),
            steps=97_657, batch=128, lr=(*RATES, 0.1), images=500, seeds=16),
    ),
    Experiment(
        "deformations-networks", "trained.nc", 10.0, h200("1e18", "two days"),
        Deformations(dataset="mnist", P=(5000,), pad=32, steps=600, batch=32, seeds=3, **NETWORKS,
            delta=(0.5, 1.0, 1.5), c=(3, 5), noise=NORMS),
        Deformations(dataset="cifar10", network=ALL, P=(50_000,), augmentation=("translate",),
            steps=97_657, batch=128, lr=RATES, images=500, seeds=5,
            delta=(0.5, 1.0, 1.5, 3.0), c=(3, 5, 15), noise=NORMS),
    ),
    Experiment(
        "deformations-points", "trained.nc", 8.0, h200("1e17", "five hours"),
        Deformations(dataset="mnist", network=("strided",), lr=(0.05,), pad=32,
            P=(100, 300, 1000, 3000, 10_000), steps=600, batch=32, seeds=5),
        Deformations(dataset="cifar10", network=("resnet18",),
            P=(200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000), augmentation=("translate",),
            steps=97_657, batch=128, lr=(0.1,), images=500, seeds=16),
    ),
    Experiment(
        "deformations-augmentation", "trained.nc", 4.0, h200("1e17", "three hours"),
        Deformations(dataset="mnist", network=("strided",), lr=(0.05,), pad=32,
            P=(1000,), augmentation=AUGMENTATIONS, steps=300, batch=32, seeds=5),
        Deformations(dataset="cifar10", network=("resnet18",), P=(50_000,),
            augmentation=AUGMENTATIONS, steps=97_657, batch=128, lr=(0.1,), images=500, seeds=5),
    ),
    Experiment(
        "transfer", "transfer.nc", 4.0, h200("1e17", "five hours"),
        Transfer(),
        Transfer(dataset="cifar10", source="svhn", network="efficientnet_b0", P=50_000,
            source_P=73_257, enlarge=1, steps=97_657, batch=128, lr=0.1, images=500),
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
        "profiles-cifar10", "profiles.nc", 8.0, h200("4e16", "an hour"),
        Profiles(dataset="cifar10", P=5000, steps=500, batch=32, seeds=5),
        Profiles(dataset="cifar10", P=50_000, width=1.0, steps=39_063, batch=128, seeds=5),
    ),
    Experiment(
        "profiles-random", "profiles.nc", 10.0, h200("8e16", "two hours"),
        Profiles(dataset="cifar10", labels=("random",), P=500, steps=600, batch=32, seeds=5),
        Profiles(dataset="cifar10", labels=("random",), P=50_000, width=1.0, steps=78_125,
            batch=128, seeds=5),
    ),
    Experiment(
        "one-image-mnist", "one_image.nc", 4.0, h200("3e16", "an hour"),
        OneImage(dataset="mnist", steps=300, batch=32, seeds=5),
        OneImage(dataset="mnist", width=1.0, classes=50, examples=1000, steps=10_000, batch=128,
            seeds=20),
    ),
    Experiment(
        "stripe-stability", "stripe_stability.nc", 3.0, h200("1e16", "an hour"),
        StripeStability(P=(64, 128, 256, 512, 1024, 2048), sets=12),
        StripeStability(dataset="stripe10", P=(128, 256, 512, 1024, 2048, 4096, 8192, 16_384),
            h=4096, sets=16, steps=400_000),
    ),
)
