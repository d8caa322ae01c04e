"""The folder that results go to: sealed entries, arrays beside them, with what they were made."""

from sweeps.engine.store.folder import Store, a_store

__all__ = ["Store", "a_store"]
