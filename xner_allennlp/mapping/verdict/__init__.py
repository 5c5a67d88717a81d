"""How good a mapping is, with and without a dictionary."""
