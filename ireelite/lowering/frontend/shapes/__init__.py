"""Shapes of `tensor`, `linalg` and `flow` programs: what constants decide of them."""
