"""Sending: lease → check → journal → call → append.

`draining` drives it; `leasing` claims a chunk and reads who may be written to, `journal` is the local record
of calls, `recording` appends outcomes under the fence, `recovery` settles what a dead worker left behind.
"""
