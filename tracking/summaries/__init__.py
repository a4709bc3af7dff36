"""Sums for the pages of reports, counted at night in a few statements, and of fresh runs again in the day."""
