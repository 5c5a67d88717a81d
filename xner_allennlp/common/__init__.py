"""Writing files so that nothing half-written is ever taken for whole."""

from xner_allennlp.common.whole_file import (
    FullDiskError,
    full_disk_told,
    is_unfinished,
    remove_unfinished,
    save_state,
    unfinished_writes,
    whole_file,
    whole_path,
    whole_text_file,
)

__all__ = [
    "FullDiskError",
    "full_disk_told",
    "is_unfinished",
    "remove_unfinished",
    "save_state",
    "unfinished_writes",
    "whole_file",
    "whole_path",
    "whole_text_file",
]
