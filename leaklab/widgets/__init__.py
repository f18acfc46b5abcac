"""Thin views over plain state: every widget works, and is tested, without a browser."""
