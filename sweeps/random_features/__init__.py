"""Random features: networks of which only the last layer learns, beside exact theory."""
