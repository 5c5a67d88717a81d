"""Stage 1, where the search begins: adversarial training, optimal transport, word pairs."""
