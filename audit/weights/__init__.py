"""Model weights: which there are, fetching, checking and converting them.

``audit.weights.cache.require`` is what the rest of the package uses; the command line uses
``list_models``, ``fetch_models`` and ``verify_models``.
"""

from audit.weights.cache import model_dir, require
from audit.weights.fetch import FetchStep, fetch_models
from audit.weights.verify import ListedModel, VerifiedFile, list_models, verify_models

__all__ = [
    "FetchStep",
    "ListedModel",
    "VerifiedFile",
    "fetch_models",
    "list_models",
    "model_dir",
    "require",
    "verify_models",
]
