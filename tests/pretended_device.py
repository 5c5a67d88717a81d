"""
A device that does not exist. Its tensors say that they are on `pretended:0`, but their values are
in the CPU's memory. They refuse what tensors of a GPU refuse: to be computed with tensors of the
CPU, to be arrays. What a GPU would be asked for is counted; nothing is said about times.
"""

import sys
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import torch
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

DEVICE = "pretended:0"
_NAME = "pretended"

# Operations that look at a tensor's values to know the shape of the result, or are asked for them.
WAITING = {"_local_scalar_dense", "_unique2", "equal", "is_nonzero", "masked_select", "nonzero"}
WAITING |= {"bincount", "item", "repeat_interleave", "unique_consecutive", "unique_dim"}
FREE = {"_reshape_alias", "_unsafe_view", "alias", "detach", "empty", "empty_like", "empty_strided"}
FREE |= {"lift_fresh", "new_empty", "new_empty_strided", "resize_", "set_"}
COPYING = {"_to_copy", "copy_", "to"}
INDEXING = {"_index_put_impl_", "index", "index_put", "index_put_"}


class Requests:
    """
    What a device was asked for: for each operation and the line that asked, how often. `waits` are
    those of the host, for a value or until a copy is made; copies that it does not wait for are
    `sent` to the device or `fetched` from it. Views and allocations are no `kernels`.
    """

    def __init__(self) -> None:
        self.kernels: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.fetched: Counter[str] = Counter()

    def clear(self) -> None:
        for counter in (self.kernels, self.waits, self.sent, self.fetched):
            counter.clear()


class OnDevice(torch.Tensor):
    """A tensor on the device; `values` is the tensor of the CPU that has its values."""

    values: torch.Tensor

    @staticmethod
    def __new__(cls, values: torch.Tensor) -> "OnDevice":
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            values.size(),
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            device=torch.device(DEVICE),
        )
        made.values = values
        return made

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return f"OnDevice({self.values!r})"

    @classmethod
    def __torch_dispatch__(
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        raise AssertionError(f"{func} outside `pretended_device`")


@contextmanager
def pretended_device() -> Iterator[Requests]:
    """While it lasts, tensors may be moved to `DEVICE`; yields what is asked of it."""
    if torch._C._get_privateuse1_backend_name() != _NAME:
        _setup_privateuseone_for_python_backend(_NAME)
    requests = Requests()
    with ExitStack() as stack:
        stack.enter_context(_Functions(requests))
        stack.enter_context(_Operations(requests))
        yield requests


def move(module: torch.nn.Module) -> None:
    """Parameters and buffers to the device; `Module.to` would try to share their memory."""
    for part in module.modules():
        for name, parameter in part._parameters.items():
            if parameter is not None:
                moved = OnDevice(parameter.detach().clone())
                part._parameters[name] = torch.nn.Parameter(moved, parameter.requires_grad)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = OnDevice(buffer.clone())


def _line() -> str:
    """The line of the package, or of AllenNLP, that asked."""
    frame = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if "/xner_allennlp/" in file or "/allennlp/" in file:
            return f"{file.rpartition('allennlp/')[2]}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return "a test"


def _is_on_cpu(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and not isinstance(value, OnDevice)


class _Operations(TorchDispatchMode):
    """Computes what is asked of the device on the CPU, and counts."""

    def __init__(self, requests: Requests) -> None:
        super().__init__()
        self._requests = requests

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        leaves = pytree.tree_leaves((args, kwargs))
        is_asked = any(isinstance(leaf, OnDevice) for leaf in leaves)
        target = next((leaf for leaf in leaves if isinstance(leaf, torch.device)), None)
        if not is_asked and (target is None or target.type != _NAME):
            return func(*args, **kwargs)
        name = func._schema.name.rpartition("::")[2]
        if is_asked and name not in ("to", "item") and func._can_decompose() and not func.is_view:
            with self:
                result = func.decompose(*args, **kwargs)
            if result is not NotImplemented:
                return result
        return self._run(func, name, args, kwargs)

    def _run(self, func: Any, name: str, args: Sequence[Any], kwargs: Dict[str, Any]) -> Any:
        self._check_devices(name, args, kwargs)
        self._count(func, name, args, kwargs)
        to_cpu = name in COPYING and torch.device("cpu") in pytree.tree_leaves((args, kwargs))
        cpu_args, cpu_kwargs = pytree.tree_map(_value, (tuple(args), kwargs))
        cpu_kwargs.pop("pin_memory", None)
        result = func(*cpu_args, **cpu_kwargs)
        if func._schema.is_mutable:
            written = _written(func, args, kwargs)
            if len(written) == len(func._schema.returns):
                return written[0] if len(written) == 1 else tuple(written)
        if to_cpu:
            return result
        return pytree.tree_map(lambda each: OnDevice(each) if _is_on_cpu(each) else each, result)

    def _check_devices(self, name: str, args: Sequence[Any], kwargs: Dict[str, Any]) -> None:
        """Like CUDA, which takes numbers of the CPU and may be indexed by its tensors."""
        leaves = pytree.tree_leaves((args, kwargs))
        of_cpu = [leaf for leaf in leaves if _is_on_cpu(leaf) and leaf.dim()]
        if not of_cpu or name in COPYING or not any(isinstance(leaf, OnDevice) for leaf in leaves):
            return
        if name in INDEXING and isinstance(args[0], OnDevice):
            self._requests.waits[f"{name} by an index of the CPU, {_line()}"] += 1
            return
        raise RuntimeError(f"{name}: tensors on the CPU and on {DEVICE}, {_line()}")

    def _count(self, func: Any, name: str, args: Sequence[Any], kwargs: Dict[str, Any]) -> None:
        requests, key = self._requests, f"{name}, {_line()}"
        if name in COPYING:
            source = args[1] if name == "copy_" else args[0]
            copies = None
            if _is_on_cpu(source):
                copies = requests.sent
            elif _is_on_cpu(args[0]) or torch.device("cpu") in kwargs.values():
                copies = requests.fetched
            if copies is not None:
                counter = copies if kwargs.get("non_blocking") else requests.waits
                counter[key] += 1
        if name in WAITING or (name in INDEXING and _has_mask(args[1])):
            requests.waits[key] += 1
        if not func.is_view and name not in FREE:
            requests.kernels[key] += 1


def _value(leaf: Any) -> Any:
    if isinstance(leaf, OnDevice):
        return leaf.values
    return torch.device("cpu") if isinstance(leaf, torch.device) else leaf


def _has_mask(indices: Sequence[Any]) -> bool:
    """How many positions a mask has must be known before its result has a shape."""
    return any(index is not None and index.dtype == torch.bool for index in indices)


def _written(func: Any, args: Sequence[Any], kwargs: Dict[str, Any]) -> List[Any]:
    """The arguments in which an operation writes, which it then returns."""
    return [
        kwargs.get(argument.name, args[position] if position < len(args) else None)
        for position, argument in enumerate(func._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write
    ]


class _Functions(TorchFunctionMode):
    """What must be known before it falls apart into operations."""

    def __init__(self, requests: Requests) -> None:
        super().__init__()
        self._requests = requests

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if name == "lstm" and isinstance(args[0], OnDevice):
            data, batch_sizes, start, weights = args
            return _Lstm.apply(self._requests, kwargs, batch_sizes, data, *start, *weights)
        if name in ("numpy", "__array__") and isinstance(args[0], OnDevice):
            raise TypeError(f"a tensor on {DEVICE} is no array, {_line()}")
        if name == "tolist" and isinstance(args[0], OnDevice):
            self._requests.waits[f"tolist, {_line()}"] += 1
            return args[0].values.tolist()
        if name in ("tensor", "as_tensor") and str(kwargs.get("device")) == DEVICE:
            del kwargs["device"]
            return func(*args, **kwargs).to(DEVICE)
        return func(*args, **kwargs)


class _Lstm(torch.autograd.Function):
    """`torch.lstm` of packed sequences, a single kernel each way as on a GPU."""

    @staticmethod
    def forward(
        ctx: Any,
        requests: Requests,
        settings: Dict[str, Any],
        batch_sizes: torch.Tensor,
        *tensors: OnDevice,
    ) -> Tuple[OnDevice, ...]:
        requests.kernels[f"lstm, {_line()}"] += 1
        ctx.requests, ctx.train = requests, settings["train"]
        ctx.leaves = [tensor.values.detach().requires_grad_() for tensor in tensors]
        data, start, weights = ctx.leaves[0], ctx.leaves[1:3], ctx.leaves[3:]
        with torch.enable_grad(), _disable_current_modes():
            ctx.results = torch.lstm(data, batch_sizes, start, weights, **settings)
        return tuple(OnDevice(result.detach()) for result in ctx.results)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Tuple[Any, ...]:
        if not ctx.train:
            raise RuntimeError("cuDNN keeps nothing for gradients outside training")
        ctx.requests.kernels[f"lstm backward, {_line()}"] += 1
        given = [(r, _value(g)) for r, g in zip(ctx.results, gradients) if g is not None]
        results, wanted = zip(*given)
        with _disable_current_modes():
            found = torch.autograd.grad(results, ctx.leaves, wanted, allow_unused=True)
        return (None, None, None, *(g if g is None else OnDevice(g) for g in found))
