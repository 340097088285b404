"""A call of bytecode in the hands of a person: steps in both directions of time, breakpoints, values."""
