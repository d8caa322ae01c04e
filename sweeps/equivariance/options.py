"""Options that several commands of the chapter have."""

from typing import Annotated

from jamming.commands.typed import Help

FirstSeed = Annotated[int, Help("the first")]
TrainingSets = Annotated[int, Help("networks, each with a training set of its own")]
Steps = Annotated[int, Help("of a network")]
Cosine = Annotated[float, Help("learning rate of adam at the start; it falls as a cosine")]

# of layers on the sphere
OfLayers = Annotated[tuple[int, ...], Help("of the spherical layers")]
Reach = Annotated[float, Help("angle up to which filters reach")]

# of voxels
Side = Annotated[int, Help("voxels a side; best 1 + a multiple of 4")]
Batch = Annotated[int, Help("images of a step")]
SteerableRate = Annotated[float, Help("of adam at the start, steerable; it falls as a cosine")]
PlainRate = Annotated[float, Help("the same of the plain network")]
