"""The base class of all subcommands."""

import argparse
from abc import ABC, abstractmethod


class Command(ABC):
    """
    A subcommand. `name` is what the user types, `help` one line about it for the list of all,
    `description` what its own help begins with, and `examples` what that ends with.
    """

    name: str
    help: str
    description: str
    examples: str

    @abstractmethod
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Adds this subcommand's arguments."""

    @abstractmethod
    def run(self, args: argparse.Namespace) -> int:
        """
        Does the work and returns the exit status.

        # Raises

        `ConfigurationError`
            If something is wrong that the user can correct.
        """
