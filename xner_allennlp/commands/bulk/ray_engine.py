"""
Ray as the engine: a pool of workers, on this machine or a cluster. Ray is imported when it is used,
never before. Not Ray Data: there the task of a worker that dies can be lost, and nothing ends.
"""

import fcntl
import glob
import logging
import os
import shutil
import tempfile
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from itertools import product
from typing import Any, Callable, Dict, Generator, Iterator, List, Optional, Type

from allennlp.common.checks import ConfigurationError

logger = logging.getLogger(__name__)

# Paths of Unix sockets have at most 107 characters, and Ray appends about 70.
_LONGEST_TEMPORARY_FOLDER = 30
_PREFIX = "xner-ray-"
# With two tasks given to it, no worker waits for its next one.
_TASKS_IN_FLIGHT = 2
# Machines may be taken away, but where every worker dies the run must end.
_DEATHS_IN_A_ROW = 3


class RayEngine:
    """
    Runs a callable class on many tasks with Ray's actors; each worker makes one object of the
    class. A worker that dies is replaced, and its tasks are given out again.

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
        except ImportError as error:
            raise ConfigurationError(
                f"tag-corpus runs on Ray, which cannot be imported ({error}); install it: "
                "pip install ray"
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
        in any order. Closing the generator ends the workers.

        # Raises

        `RuntimeError`
            For an exception of a worker, and if workers die without finishing a single task.
        """
        if not tasks:
            return
        workers = min(self._workers, len(tasks))
        with self._session(workers):
            yield from self._run(worker, settings, tasks, workers)

    def _run(
        self, worker: Type[Any], settings: Dict[str, Any], tasks: List[Dict[str, Any]], workers: int
    ) -> Iterator[Dict[str, Any]]:
        ray, exceptions = self._ray, self._ray.exceptions
        # The death of a worker is seen here, with the tasks that it had: Ray does not try again.
        options = {"max_restarts": 0, "max_task_retries": 0, **self._resources()}
        actor_class = ray.remote(**options)(_actor_class())
        waiting = deque(tasks)
        # Per worker what was given to it, by the reference to the result.
        given: Dict[Any, Dict[Any, Dict[str, Any]]] = {}
        deaths = 0
        try:
            while waiting or any(given.values()):
                while waiting and len(given) < workers:
                    given[actor_class.remote(worker, settings)] = {}
                for in_flight, (actor, its) in product(range(_TASKS_IN_FLIGHT), given.items()):
                    if waiting and len(its) == in_flight:
                        task = waiting.popleft()
                        its[actor.run.remote(task)] = task
                [ready], _ = ray.wait([reference for its in given.values() for reference in its])
                actor = next(actor for actor, its in given.items() if ready in its)
                try:
                    result = ray.get(ready)
                except exceptions.RayTaskError as error:
                    raise RuntimeError(_describe(error.cause)) from error
                except (exceptions.RayActorError, exceptions.OutOfMemoryError) as error:
                    deaths += 1
                    if deaths > workers * _DEATHS_IN_A_ROW:
                        raise RuntimeError(
                            f"{deaths} workers died one after the other: {_describe(error)}"
                        ) from error
                    waiting.extendleft(reversed(given.pop(actor).values()))
                    ray.kill(actor)
                    continue
                del given[actor][ready]
                deaths = 0
                yield result
        except exceptions.RayError as error:
            raise RuntimeError(_describe(error)) from error
        finally:
            for actor in given:
                ray.kill(actor)

    def _resources(self) -> Dict[str, float]:
        if self._gpus_per_worker > 0:
            return {"num_gpus": self._gpus_per_worker, "num_cpus": 0}
        return {"num_cpus": self._cpus_per_worker}

    @contextmanager
    def _session(self, workers: int) -> Iterator[None]:
        """A connection to Ray."""
        if self._ray.is_initialized():
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
            self._check_resources(workers)
            yield

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


def _actor_class() -> Type[Any]:
    # Made here, Ray sends it by value, and a worker imports only what its function needs.
    class Actor:
        def __init__(self, worker: Type[Any], settings: Dict[str, Any]) -> None:
            self.worker, self.settings = worker, settings
            self.function: Optional[Callable[[Dict[str, Any]], Dict[str, Any]]] = None

        def run(self, task: Dict[str, Any]) -> Dict[str, Any]:
            # Made with the first task: an exception here is a task's, not the death of a worker.
            if self.function is None:
                self.function = self.worker(**self.settings)
            return self.function(task)

    return Actor


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip()}"


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
