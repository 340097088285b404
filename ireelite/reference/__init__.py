"""The reference: what a program computes, op by op, in NumPy.

Each op has a function, written from the specification of its dialect and independent of how the
compiler lowers it. It needs the package `ml_dtypes`, for the floats and integers that NumPy lacks.
"""

from ireelite.reference.interpret import Interpretation, interpret, interpret_module

__all__ = ["Interpretation", "interpret", "interpret_module"]
