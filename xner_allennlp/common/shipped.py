"""Where the files are that a checkout has beside the package, and a wheel inside it."""

from pathlib import Path


def shipped_folder() -> Path:
    """The folder of `training_configs` and `fixtures/toy`."""
    package = Path(__file__).resolve().parents[1]
    # setup.py copies them into the package.
    installed = package / "workspace"
    return installed if installed.is_dir() else package.parent
