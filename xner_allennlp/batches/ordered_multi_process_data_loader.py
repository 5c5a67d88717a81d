"""AllenNLP's loader with worker processes, and an order that does not depend on chance."""

from collections import deque
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Deque, List, Tuple

from allennlp.data import DataLoader
from allennlp.data.data_loaders import MultiProcessDataLoader

# What a worker of AllenNLP's sends last.
_END = (None, None)


@DataLoader.register("ordered_multiprocess")
class OrderedMultiProcessDataLoader(MultiProcessDataLoader):
    """
    AllenNLP's `multiprocess`, with the same parameters; with several workers, the same seed gives
    the same batches again.

    With `num_workers` above 1 the stock loader takes instances as they arrive, in an order that the
    operating system decides, so no two trainings are equal. This one asks the workers in turn.
    While everything is held in memory (`max_instances_in_memory` not given), the order is that of
    no workers at all, for every number of them, if the reader gives its workers every n-th
    instance, as `conll_ner` and AllenNLP's own readers do. Otherwise the batches depend on the
    number of workers, since each makes its own, but on nothing else.

    For models of one path that take AllenNLP's batches. Cross-Augmented needs `cross_lingual`,
    which has no workers: its corpus is read into arrays once, and nothing is left for them to do.

    Registered as a `DataLoader` with name "ordered_multiprocess".
    """

    def _start_instance_workers(
        self, queue: Any, ctx: BaseContext
    ) -> Tuple[List[BaseProcess], List[Any]]:
        started = super()._start_instance_workers(queue, ctx)
        _take_turns(queue, self.num_workers)
        return started

    def _start_batch_workers(
        self, queue: Any, ctx: BaseContext
    ) -> Tuple[List[BaseProcess], List[Any]]:
        started = super()._start_batch_workers(queue, ctx)
        _take_turns(queue, self.num_workers)
        return started

    def _instance_worker(self, worker_id: int, queue: Any, lock: Any, rx: Any) -> None:
        super()._instance_worker(worker_id, _SignedQueue(queue, worker_id), lock, rx)

    def _batch_worker(self, worker_id: int, queue: Any, lock: Any, rx: Any) -> None:
        super()._batch_worker(worker_id, _SignedQueue(queue, worker_id), lock, rx)


class _SignedQueue:
    """A worker's end of the queue: everything is sent with the worker's number."""

    def __init__(self, queue: Any, worker: int) -> None:
        self._queue = queue
        self._worker = worker

    def put(self, item: Any, *args: Any) -> None:
        self._queue.put((self._worker, item), *args)

    def join(self) -> None:
        self._queue.join()

    def cancel_join_thread(self) -> None:
        self._queue.cancel_join_thread()


def _take_turns(queue: Any, workers: int) -> None:
    """
    Lets `queue.get` return the items of worker 0, 1, ..., 0, 1, ...; what arrives before its turn
    is kept until then. A worker has its last turn when it sends `_END`.
    """
    arrive = queue.get
    waiting: List[Deque[Any]] = [deque() for _ in range(workers)]
    turns = deque(range(workers))

    def get() -> Any:
        worker = turns.popleft()
        while not waiting[worker]:
            sender, item = arrive()
            waiting[sender].append(item)
        item = waiting[worker].popleft()
        if item != _END:
            turns.append(worker)
        return item

    queue.get = get
