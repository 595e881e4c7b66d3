"""Nothing -> what the benchmarks read."""
