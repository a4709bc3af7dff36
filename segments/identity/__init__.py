"""Which cards are one person, and why; the golden record; merging."""
