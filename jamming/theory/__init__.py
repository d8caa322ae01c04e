"""Theory that lectures teach: laziness, descent, bounds, separability, approximation, depth,
particles, features along deformations, information.

Items that stand elsewhere: covariances and tangent kernels of infinite width in
`jamming.kernels.analytic`, those of finite networks in `jamming.kernels.empirical`, the predictor
alpha (f - f0) and the linearised one in `jamming.objectives.predictor`, learning with a frozen
kernel in `jamming.kernels.frozen`, distances to it and fluctuations at the start in
`jamming.observables.initial`, deformations and stability to them in `jamming.images`, scattering in
`jamming.wavelets`, invertible networks in `jamming.models.invertible`, style in
`jamming.wavelets.style`.
"""
