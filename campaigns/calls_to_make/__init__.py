"""Calls to make by people: who is to be called, by whom, what came of it, and what the head of sales sees of it.

The consent to calls is asked whenever a task is made or shown; the hours of the contact policy when it is shown.
"""
