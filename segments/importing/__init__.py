"""Bringing the base in: read → map → clean → identify → load; `running` is the door."""
