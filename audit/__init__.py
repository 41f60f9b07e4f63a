"""tasleek: audits Arabic call-centre recordings for dismissive handling."""

import os

__version__ = "0.1.0"

# onnxruntime 1.32 reports its use to its maker when a model is loaded, unless this is set before its
# import; switching its events off afterwards still asks for the address of the receiver.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
