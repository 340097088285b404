"""The measurements of the benchmarks, one subject a file."""
