"""The package's version, said here once: setup.cfg reads it, archives and mappings record it."""

VERSION = "0.1.0"
