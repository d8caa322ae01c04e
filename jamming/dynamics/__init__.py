"""How a network learns: steppers of one gradient a tick, and what drives them side by side."""
