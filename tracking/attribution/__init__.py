"""Which campaign a deal counts for: explicit models, counted set-wise, explained deal by deal."""
