"""The VM: contexts of modules, and two engines that run bytecode."""
