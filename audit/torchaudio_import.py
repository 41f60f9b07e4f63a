"""Importing torchaudio beside a CPU torch.

torchaudio's published wheel is linked against CUDA and fails to import beside a CPU torch; both
pyannote.audio and transformers import it. With an empty module in place of its compiled part it works
as it does when built without one, and its Python parts are all that is needed here.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

from audit.errors import ModelError


def import_torchaudio() -> None:
    """Make ``import torchaudio`` work, if it is installed at all.

    Raises ``ModelError`` when it is installed and broken in another way.
    """
    if "torchaudio" in sys.modules or importlib.util.find_spec("torchaudio") is None:
        return
    try:
        importlib.import_module("torchaudio")
    except OSError:
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchaudio"]:
            del sys.modules[name]
        sys.modules["torchaudio._extension"] = _without_compiled_part()
        importlib.import_module("torchaudio")
    except ImportError as error:
        raise ModelError(f"torchaudio cannot be imported ({error}); install it again") from error


def _without_compiled_part() -> types.ModuleType:
    def unchanged(function: Any) -> Any:
        return function

    module = types.ModuleType("torchaudio._extension")
    for name, value in (
        ("_IS_TORCHAUDIO_EXT_AVAILABLE", False),
        ("_IS_RIR_AVAILABLE", False),
        ("_IS_ALIGN_AVAILABLE", False),
        ("fail_if_no_rir", unchanged),
        ("fail_if_no_align", unchanged),
    ):
        setattr(module, name, value)
    return module
