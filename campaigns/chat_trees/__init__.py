"""Conversations that go by themselves: a tree of words for messengers and SMS, which a human takes over."""
