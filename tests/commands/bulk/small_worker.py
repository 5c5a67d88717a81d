"""What the tests of `RayEngine` run. Workers import this module: it needs next to nothing."""

import os
import uuid
from pathlib import Path


class SmallWorker:
    def __init__(self, mistake=None):
        if mistake:
            raise ValueError(f"a mistake: {mistake}")
        self.name = uuid.uuid4().hex

    def __call__(self, task):
        if task.get("fails"):
            raise ValueError("no such thing")
        if task.get("dies"):
            os._exit(1)
        if task.get("dies_once"):
            mark = Path(task["dies_once"])
            if not mark.exists():
                mark.write_text("died")
                os._exit(1)
        return {"number": task["number"], "worker": self.name}
