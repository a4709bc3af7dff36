"""Pages of reports: a report is its figures, its filters and one question; the frame draws, saves and prints it."""
