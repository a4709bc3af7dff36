"""Opens and clicks as they came in: what made each of them, and how that is known."""
