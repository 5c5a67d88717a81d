"""
Ray Data as the engine: a pool of workers, on this machine or a cluster. Ray is imported when it is
used, never before.
"""

import fcntl
import glob
import logging
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Dict, Generator, Iterator, List, Optional, Type

from allennlp.common.checks import ConfigurationError

logger = logging.getLogger(__name__)

# Paths of Unix sockets have at most 107 characters, and Ray appends about 70.
_LONGEST_TEMPORARY_FOLDER = 30
_PREFIX = "xner-ray-"


class RayEngine:
    """
    Runs a callable class on many tasks with Ray Data; each worker makes one object of the class.

    # Parameters

    workers : `int`
    cpus_per_worker : `int`, optional (default = `1`)
    gpus_per_worker : `float`, optional (default = `0.0`)
        Less than 1 lets workers share a GPU.
    address : `str`, optional (default = `None`)
        A running cluster, e.g. "auto". By default Ray is started on this machine and ended
        afterwards, unless this process has already started it.

    Raises `ConfigurationError` if Ray is not installed.
    """

    def __init__(
        self,
        workers: int,
        cpus_per_worker: int = 1,
        gpus_per_worker: float = 0.0,
        address: Optional[str] = None,
    ) -> None:
        # Set before the import, which reads it: Ray must not send usage statistics unasked.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray
            import ray.data
        except ImportError as error:
            raise ConfigurationError(
                f"tag-corpus runs on Ray Data, which cannot be imported ({error}); install it: "
                'pip install "ray[data]"'
            ) from None
        self._ray = ray
        self._workers = workers
        self._cpus_per_worker = cpus_per_worker
        self._gpus_per_worker = gpus_per_worker
        self._address = address

    def map(
        self, worker: Type[Any], settings: Dict[str, Any], tasks: List[Dict[str, Any]]
    ) -> Generator[Dict[str, Any], None, None]:
        """
        Yields the result of `worker(**settings)` for each of the `tasks`, as soon as it is there,
        in any order. An exception of a worker is raised as `RuntimeError`. Closing the generator
        ends the workers.
        """
        if not tasks:
            return
        data, exceptions = self._ray.data, self._ray.exceptions
        workers = min(self._workers, len(tasks))
        with self._session(workers):
            # One task a block, so that each goes to a worker that is free. With two tasks in flight
            # no worker waits for its next task.
            dataset = data.from_items(tasks, override_num_blocks=len(tasks)).map(
                worker,
                fn_constructor_kwargs=settings,
                compute=data.ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=2),
                **self._resources(),
            )
            try:
                yield from dataset.iter_rows()
            except exceptions.RayTaskError as error:
                raise RuntimeError(_describe(error.cause)) from error
            except exceptions.RayError as error:
                raise RuntimeError(_describe(error)) from error

    def _resources(self) -> Dict[str, float]:
        # Ray Data advises against asking for both.
        if self._gpus_per_worker > 0:
            return {"num_gpus": self._gpus_per_worker}
        return {"num_cpus": self._cpus_per_worker}

    @contextmanager
    def _session(self, workers: int) -> Iterator[None]:
        """A connection to Ray, with quiet settings."""
        if self._ray.is_initialized():
            with self._quiet():
                self._check_resources(workers)
                yield
            return
        with ExitStack() as stack:
            if self._address is None:
                folder = stack.enter_context(_temporary_folder())
                stack.callback(self._ray.shutdown)
                self._ray.init(
                    "local",
                    num_cpus=workers * self._cpus_per_worker,
                    include_dashboard=False,
                    logging_level=logging.WARNING,
                    _temp_dir=folder,
                )
            else:
                stack.callback(self._ray.shutdown)
                self._ray.init(self._address, logging_level=logging.WARNING)
            with self._quiet():
                self._check_resources(workers)
                yield

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Turns off Ray Data's progress bars and reports; exceptions are raised unchanged."""
        context = self._ray.data.DataContext.get_current()
        settings = {"enable_progress_bars": False, "raise_original_map_exception": True}
        before = {name: getattr(context, name) for name in settings}
        log = logging.getLogger("ray.data")
        level = log.level
        log.setLevel(logging.CRITICAL)
        for name, value in settings.items():
            setattr(context, name, value)
        try:
            yield
        finally:
            log.setLevel(level)
            for name, value in before.items():
                setattr(context, name, value)

    def _check_resources(self, workers: int) -> None:
        """Without this check Ray would wait for missing resources, which looks as if it hung."""
        there = self._ray.cluster_resources()
        for name, needed in self._resources().items():
            kind = name[len("num_") : -1].upper()
            if there.get(kind, 0) >= workers * needed:
                continue
            message = (
                f"{workers} workers need {workers * needed:g} {kind}s, and Ray has "
                f"{there.get(kind, 0):g}"
            )
            if self._address is None:
                raise ConfigurationError(f"{message}; ask for fewer workers")
            logger.warning("%s; it waits until there are more", message)


def _describe(error: BaseException) -> str:
    """The message of a worker's exception, without Ray's additions."""
    text = str(error).partition("\nFailed to apply UDF transform")[0].strip()
    if type(error).__module__.startswith("ray."):
        return text.split("\n")[-1]  # A constructor's exception comes as text, its name at the end.
    return f"{type(error).__name__}: {text}"


@contextmanager
def _temporary_folder() -> Iterator[str]:
    """A folder for Ray, locked while it is used; what killed processes left is removed."""
    base = tempfile.gettempdir()
    if len(base) > _LONGEST_TEMPORARY_FOLDER:
        base = "/tmp"
    for left in glob.glob(os.path.join(glob.escape(base), f"{_PREFIX}*")):
        with suppress(OSError), _locked(left):  # It is another user's, or in use.
            shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=_PREFIX, dir=base)
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Raises `OSError` if another process has the folder, or it is not to be opened."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
