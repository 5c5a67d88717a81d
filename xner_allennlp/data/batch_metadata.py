from typing import Any, Dict, Iterator, List, Sequence, overload


class BatchMetadata(Sequence[Dict[str, Any]]):
    """
    The metadata of the sentences of a batch.

    A sequence of its own kind, since AllenNLP's `move_to_device` walks through every list and
    dictionary of a batch, here through each offset of each word: half the time of an evaluation.
    """

    def __init__(self, sentences: List[Dict[str, Any]]) -> None:
        self._sentences = sentences

    @overload
    def __getitem__(self, index: int) -> Dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> List[Dict[str, Any]]: ...

    def __getitem__(self, index: Any) -> Any:
        return self._sentences[index]

    def __len__(self) -> int:
        return len(self._sentences)

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        return iter(self._sentences)

    def to_json(self) -> List[Dict[str, Any]]:
        """For AllenNLP's `sanitize`, which writes batches and predictions to files."""
        return self._sentences
