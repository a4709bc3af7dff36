"""Feeds: sources that bring their files by themselves. Look → take what is new → the road of every import."""
