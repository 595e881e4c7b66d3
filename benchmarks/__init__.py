"""The benchmarks: data and models -> raw results -> a report."""
