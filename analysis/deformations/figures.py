"""The figures of the chapter on deformations, each of a named experiment."""

from analysis.plotting.figure import chapter

of = chapter("deformations")

FIGURES = (
    of("trained", "trained", "stability before and after training", "deformations-mnist"),
    of("points", "points", "stability against training images", "deformations-mnist"),
    of("correlation", "correlation", "test error against stability", "deformations-networks"),
    of(
        "stability",
        "stability-trained",
        "stability against displacement and cut-off, before and after training",
        "deformations-networks",
    ),
    of("noise", "noise", "stability to noise against its norm", "deformations-networks"),
    of(
        "points",
        "points-cnn",
        "stability of convolutions against training images",
        "deformations-points",
    ),
    of("transfer", "transfer", "stability after another data set has been learnt"),
    of("augmentation", "augmentation", "stability and augmentation", "deformations-augmentation"),
    of("fields", "fields", "random fields beside what is predicted of them"),
    of("gallery", "gallery", "an image under random deformations", "stability-mnist"),
    of("stability", "stability-mnist", "stability of networks that have not learnt, MNIST"),
    of("stability", "stability-cifar10", "stability of networks that have not learnt, CIFAR-10"),
    of("depth", "depth-mnist", "stability of layers before learning", "stability-mnist"),
    of("depth", "depth-trained", "stability of layers after training", "deformations-mnist"),
    *(
        of(figure, f"{figure}-cifar10", f"{about}, CIFAR-10", "deformations-cifar10")
        for figure, about in (
            ("trained", "stability before and after training"),
            ("depth", "stability of layers after training"),
        )
    ),
    of("downsampled", "downsampled", "layers under deformations, five ways of down-sampling"),
    of("profiles", "profiles", "layers before and after training", "profiles-cifar10"),
    of("profiles", "profiles-random", "layers after learning random labels", "profiles-random"),
    of("one_image", "one-image", "filters of tasks with one image a class", "one-image-mnist"),
    of("stripe", "stripe-stability", "stability to noise where labels have an invariance"),
)
