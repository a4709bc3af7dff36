"""Commits that nobody has to wait for."""

# In the FROM of a statement that is a transaction of its own: it is answered before its commit is on the disk. A server
# that crashes may forget the last half second of such statements, so they only ever say what may be forgotten: the pace
# of an account, its statistics. The next commit that is waited for brings them to the disk too.
WITHOUT_WAITING = "set_config('synchronous_commit', 'off', true)"
