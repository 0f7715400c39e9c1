"""Addresses, renditions, and the bytes that answer them."""
