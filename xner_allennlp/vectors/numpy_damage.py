"""
What numpy and zipfile raise for files that were cut off or changed, or are something else
altogether. Neither documents it; this is what fuzzing them finds.
"""

import lzma
import struct
import tokenize
import zipfile
import zlib

NUMPY_DAMAGE = (
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,  # where a header lies about the size
    OSError,
    OverflowError,
    RuntimeError,  # encrypted members, unknown kinds of compression, deep nesting
    SyntaxError,
    SystemError,  # text of numbers that are no characters
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
