"""Pages whose truth is known -> the judge of marks, see `benchmarks.learn_judge`."""
