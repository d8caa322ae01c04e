"""What is minimised: the predictor alpha (f - f0), losses of its margins, and their problem."""
