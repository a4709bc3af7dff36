"""A game in a message: boxes or a wheel, drawn once for each person, on the server."""
