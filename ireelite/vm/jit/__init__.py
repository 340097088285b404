"""The VM's third engine: loops of verified bytecode compiled to native code by LLVM.

A loop that has run long is compiled (`region`, `emit`, `rules`), entered at its head with the
registers as arguments, also from within the call that is running, and left along one of its edges
(`compiled_loop`). Each bounds check and the instruction meter are kept; where an instruction fails, the
interpreter runs it again and raises its error.
"""

HOT = 200_000
"""Instructions that a loop runs before it is compiled, which takes as long."""
HOT_PER_INSTRUCTION = 500
"""As many more for each instruction of the loop."""
HOT_INSIDE = 4 * HOT
"""The same for a loop inside one that can be compiled: that one is better."""
NEVER = 1 << 60
"""Instructions that no loop runs."""
