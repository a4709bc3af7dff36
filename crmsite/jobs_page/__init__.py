"""The page of background work: queues, workers, the scheduler, what failed, and what may be done about it."""
