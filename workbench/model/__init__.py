"""View models: what a view shows, as plain data computed from the two records.

Nothing here draws.
"""
