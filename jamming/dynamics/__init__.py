"""How a network learns: steppers, each tick of which costs one gradient. `execution` runs them."""
