"""Puts into the wheel what `xner-data workspace` writes; everything else stands in setup.cfg."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithWorkspace(build_py):
    """Also copies the configs and the toy world, which a checkout has beside the package."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            workspace = Path(self.build_lib) / "xner_allennlp" / "workspace"
            for folder in ("training_configs", "fixtures/toy"):
                ignored = shutil.ignore_patterns("__*", ".*")
                shutil.copytree(folder, workspace / folder, ignore=ignored, dirs_exist_ok=True)


setup(cmdclass={"build_py": BuildWithWorkspace})
