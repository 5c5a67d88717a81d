"""Nearest neighbours in the common space, by CSLS."""
