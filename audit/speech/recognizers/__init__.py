"""Adapters to speech recognition libraries; each is a ``ChunkDecoder``."""
