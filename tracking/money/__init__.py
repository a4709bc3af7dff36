"""Money: what campaigns cost, what they earned, and every figure that is made of the two."""
