"""The exceptions of tasleek. Every message is for the person at the keyboard: it names the thing that
is wrong and says what to do next."""

from __future__ import annotations


class TasleekError(Exception):
    """Base of all errors that tasleek raises on purpose."""


class UsageError(TasleekError):
    """The command was given something it cannot use (exit code 2)."""


class ConfigError(UsageError):
    """``tasleek.toml``, an environment variable or an option holds a wrong value."""


class MetadataError(UsageError):
    """A manifest, sidecar, filename pattern or vCon holds a wrong value; names the row or file."""


class AudioError(TasleekError):
    """A recording cannot be read or decoded. The batch goes on without it."""


class UnreadableError(AudioError):
    """The file of a recording cannot be read: it, its permission or its storage is gone. What it holds
    is not known to be wrong."""


class StorageError(TasleekError):
    """The storage of the recordings went away during a run; what is done is stored."""


class ModelError(TasleekError):
    """A model or its weights are missing, damaged or unusable."""


class StoreError(TasleekError):
    """The database cannot be opened, is in use, or does not fit this version."""


class StoreBusyError(StoreError):
    """Another process holds the database; the same works when it has ended."""


class StoreFullError(StoreError):
    """The database cannot be written any more (disk full, storage gone). What is in it stays."""
