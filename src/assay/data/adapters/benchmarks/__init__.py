"""Reports of benchmarks that other programs made, as rows of `measurements`."""
