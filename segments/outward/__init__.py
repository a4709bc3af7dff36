"""What leaves the house: lists of others kept in step with segments, and the log of exports."""
