"""The folder that results go to: sealed entries, arrays beside them, with what they were made."""

from sweeps.engine.store.folder import Damaged, Store, a_store, damaged, lacks

__all__ = ["Damaged", "Store", "a_store", "damaged", "lacks"]
