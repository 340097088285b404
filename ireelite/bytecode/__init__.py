"""The module format: `.vmfb` files, and the instructions in them."""
