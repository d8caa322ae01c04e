"""Options that the commands of the chapter share."""

from typing import Annotated

from jamming.commands.typed import Help

ENLARGED = {"digits": 2}  # so that networks have room for their down-samplings

ImageSet = Annotated[str, Help("digits, mnist, fashion_mnist, emnist, cifar10, svhn")]
Enlarge = Annotated[
    int | None, Help("times as many pixels a side, linearly (default: 2 of digits, else 1)")
]
Frame = Annotated[int, Help("pixels a side of a black frame, 0: none")]
StepsOfEach = Annotated[int, Help("of a network")]
Batch = Annotated[int, Help("images of a step")]
DeformedImages = Annotated[int, Help("test images that are deformed, of each network")]
FirstSeed = Annotated[int, Help("the first")]
