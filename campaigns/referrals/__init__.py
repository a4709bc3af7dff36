"""Customers who bring friends: personal links, requests of friends, points for those who count."""
