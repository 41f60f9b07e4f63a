"""The sample calls and the code that rebuilds them: Arabic text to speech to call recordings.

Nothing of the product imports this package; it exists so that the repository can carry call
recordings that show nobody's voice and nobody's data. ``python -m audit.synthesis data/samples``
rebuilds them.
"""
