"""What numbers this machine's CPU can multiply."""

import torch


def multiplies_bfloat16() -> bool:
    """
    Whether the CPU has instructions for products of bfloat16; `False` where torch, before 2.10,
    does not say so. Without them such products are slower than those of float32.
    """
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    known = {} if capabilities is None else capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16"))
