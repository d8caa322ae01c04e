"""Claims on deformations of images, and on the stability of networks to them."""
