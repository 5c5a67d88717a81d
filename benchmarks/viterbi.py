"""Decoding alone: our CRF, AllenNLP's and pytorch-crf's on the same scores, and do they agree?"""

from typing import Any, Callable, Dict, List, Optional, Tuple

import torch
from allennlp.modules import ConditionalRandomField
from allennlp.modules.conditional_random_field import allowed_transitions
from setting import LABEL_NAMES, LABELS

from xner_allennlp.modules.crf import LinearChainCrf

CASES = {"viterbi_b16_t40": (16, 40), "viterbi_b64_t40": (64, 40)}
TARGETS = {"ConditionalRandomField": 10.0, "pytorch-crf": 1.5}
_FORBIDDEN = -10000.0

Decoder = Callable[[torch.Tensor, torch.Tensor], List[List[int]]]


def decoders() -> Dict[str, Decoder]:
    """
    Decoders with the same random transitions, each giving lists of labels. pytorch-crf knows no
    constraints: the forbidden transitions have a very low score there.
    """
    constraints = allowed_transitions("BIOUL", dict(enumerate(LABEL_NAMES)))
    torch.manual_seed(1)
    ours = LinearChainCrf(LABELS, constraints).eval()
    stock = ConditionalRandomField(LABELS, constraints, include_start_end_transitions=False).eval()
    stock.load_state_dict(ours.state_dict())

    def ours_decode(logits: torch.Tensor, mask: torch.Tensor) -> List[List[int]]:
        return [path.tolist() for path in ours.best_paths(logits, mask)]

    made: Dict[str, Decoder] = {
        "ours": ours_decode,
        "ConditionalRandomField": lambda logits, mask: [
            path for path, _ in stock.viterbi_tags(logits, mask)
        ],
    }
    other = _pytorch_crf(stock)
    if other is not None:
        made["pytorch-crf"] = other
    return made


def _pytorch_crf(stock: ConditionalRandomField) -> Optional[Decoder]:
    try:
        from torchcrf import CRF
    except ImportError:
        return None
    crf = CRF(LABELS, batch_first=True).eval()
    forbidden = (1 - stock._constraint_mask) * _FORBIDDEN
    with torch.no_grad():
        crf.transitions.copy_(stock.transitions + forbidden[:LABELS, :LABELS])
        crf.start_transitions.copy_(forbidden[LABELS, :LABELS])
        crf.end_transitions.copy_(forbidden[:LABELS, LABELS + 1])
    return lambda logits, mask: crf.decode(logits, mask)


def batch(batch_size: int, length: int, *, ragged: bool) -> Tuple[torch.Tensor, torch.Tensor]:
    """Random scores of sentences that all have `length` words, or 1 to `length`."""
    generator = torch.Generator().manual_seed(2)
    logits = torch.randn(batch_size, length, LABELS, generator=generator) * 2
    lengths = torch.full((batch_size,), length)
    if ragged:
        lengths = torch.randint(1, length + 1, (batch_size,), generator=generator)
        lengths[0] = length
    return logits, torch.arange(length).unsqueeze(0) < lengths.unsqueeze(1)


@torch.no_grad()
def agreement() -> Dict[str, Any]:
    """How many of some sentences each decoder labels exactly as we do."""
    results: Dict[str, Any] = {}
    for batch_size, length in CASES.values():
        logits, mask = batch(batch_size, length, ragged=True)
        paths = {name: decode(logits, mask) for name, decode in decoders().items()}
        for name in paths:
            if name != "ours":
                same = sum(a == b for a, b in zip(paths["ours"], paths[name]))
                total, equal = results.get(name, (0, 0))
                results[name] = (total + batch_size, equal + same)
    return {name: {"sentences": of, "equal": equal} for name, (of, equal) in results.items()}
