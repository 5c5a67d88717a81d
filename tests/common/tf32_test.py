"""What others have set stays, whichever thread leaves first."""

import torch

from xner_allennlp.common.tf32 import _of_lstms, lstms_without_tf32


def test_the_last_thread_puts_the_setting_back():
    owner, name, value = _of_lstms()
    before = getattr(owner, name)
    first, second = lstms_without_tf32(), lstms_without_tf32()
    first.__enter__()
    second.__enter__()
    assert getattr(owner, name) == value
    first.__exit__(None, None, None)
    assert getattr(owner, name) == value
    second.__exit__(None, None, None)
    assert getattr(owner, name) == before
    with torch.inference_mode(), lstms_without_tf32():
        assert getattr(owner, name) == value
    assert getattr(owner, name) == before
