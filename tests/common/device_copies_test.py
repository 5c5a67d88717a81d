import numpy as np
import torch

from xner_allennlp.common.device_copies import arrays_of, tensors_on


def test_there_and_back():
    arrays = [np.arange(6.0).reshape(2, 3), np.array([[7.0]])]
    for array, copy in zip(arrays, arrays_of(tensors_on(torch.device("cpu"), arrays))):
        np.testing.assert_array_equal(copy, array)


def test_half_precision_becomes_single():
    half = torch.tensor([0.5, -2.0], dtype=torch.bfloat16, requires_grad=True)
    array, lengths = arrays_of([half, torch.tensor([3])])
    assert array.dtype == np.float32 and array.tolist() == [0.5, -2.0]
    assert lengths.dtype == np.int64
