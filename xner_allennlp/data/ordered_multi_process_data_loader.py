"""AllenNLP's loader with worker processes, and an order that does not depend on chance."""

from collections import deque
from contextlib import suppress
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, List, Optional, Tuple

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
        self._make_queues(ctx, self._max_instance_queue_size)
        started = super()._start_instance_workers(queue, ctx)
        _take_turns(queue, self._queues)
        return started

    def _start_batch_workers(
        self, queue: Any, ctx: BaseContext
    ) -> Tuple[List[BaseProcess], List[Any]]:
        self._make_queues(ctx, self._max_batch_queue_size)
        started = super()._start_batch_workers(queue, ctx)
        _take_turns(queue, self._queues)
        return started

    def _instance_worker(self, worker_id: int, queue: Any, lock: Any, rx: Any) -> None:
        super()._instance_worker(worker_id, self._queues[worker_id], lock, rx)

    def _batch_worker(self, worker_id: int, queue: Any, lock: Any, rx: Any) -> None:
        super()._batch_worker(worker_id, self._queues[worker_id], lock, rx)

    def _join_workers(self, workers: List[BaseProcess], queue: Any, txs: List[Any]) -> None:
        # Told first and let go then: one that has ended no longer listens.
        for tx in txs:
            with suppress(BrokenPipeError):
                tx.send("stop")
        for worker_queue in self._queues:
            with suppress(ValueError):  # It did not come to its end.
                worker_queue.task_done()
        for worker in workers:
            worker.join(1)
            if worker.is_alive():
                worker.terminate()

    def _make_queues(self, ctx: BaseContext, size: Optional[int]) -> None:
        """One for each worker, which together hold as much as AllenNLP's one."""
        per_worker = 0 if size is None else max(1, size // self.num_workers)
        self._queues: List[Any] = [ctx.JoinableQueue(per_worker) for _ in range(self.num_workers)]


def _take_turns(queue: Any, queues: List[Any]) -> None:
    """
    Lets `queue` give out the items of worker 0, 1, ..., 0, 1, ... A worker has its last turn when
    it sends `_END`, after which it waits to be let go.
    """
    turns = deque(queues)

    def get() -> Any:
        worker = turns.popleft()
        item = worker.get()
        if item != _END:
            worker.task_done()
            turns.append(worker)
        return item

    queue.get = get
    queue.task_done = lambda: None
