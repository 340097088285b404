"""Parameters: values that programs read by scope and key when they are loaded, from files of their
own or from arrays.

A program names a parameter as `#flow.parameter.named<"model"::"weight">`. Its value comes from a
file (`.irpa`, `.safetensors` or `.gguf`) or from arrays, which are given when it is loaded:

    ireelite.load("model.vmfb", parameters="model=weights.safetensors")
    ireelite.load("model.vmfb", parameters={"model": {"weight": array}})
"""

from __future__ import annotations

from ireelite.parameters.index import Parameter, ParameterIndex, Parameters, Splat
from ireelite.parameters.irpa import save_archive
from ireelite.parameters.sources import read_index, read_parameters

__all__ = [
    "Parameter",
    "ParameterIndex",
    "Parameters",
    "Splat",
    "read_index",
    "read_parameters",
    "save_archive",
]
