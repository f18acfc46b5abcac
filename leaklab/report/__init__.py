"""The audit of a model that somebody brings, and the report that says whether it may be shared."""
