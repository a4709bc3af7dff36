"""`manage.py up` on one machine: the processes of Krug, started, watched and stopped together."""
