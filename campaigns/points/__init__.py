"""Bonus points: given for what people do, spent at the till, gone after their time."""
