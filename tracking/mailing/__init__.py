"""Reports by e-mail: when they are due, to whom they go, and their way out."""
