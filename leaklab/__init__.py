"""Leaklab."""
