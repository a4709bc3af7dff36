"""Cars to recommend in a message: only those that stand in the showrooms now, and for each person those that suit her."""
