"""Whole experiments, data to numbers: what the demo, the benchmarks and the precomputed lessons run."""
