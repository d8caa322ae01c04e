"""Raw images: scikit-learn's digits, or what tensorflow-datasets (TFDS) has prepared on disk.

Reading never downloads, and needs no TensorFlow. Decoded arrays are cached, as PNGs are slow.
"""

import hashlib
import importlib
import json
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int, Shaped

from jamming.checks.arguments import one_of
from jamming.checks.errors import BadInput, NotPrepared, described
from jamming.commands.files import cache_dir, expanded
from jamming.data import kept
from jamming.data.names import IMAGES

_VERSION = re.compile(r"\d+\.\d+\.\d+")
BLOCK = 1000  # examples that are read at a time, three times as fast as one by one


class Raw(NamedTuple):
    """Train and test examples pooled: images [n, ...] (uint8 or float), class labels [n]."""

    images: Shaped[np.ndarray, "n ..."]
    labels: Int[np.ndarray, " n"]


class Prepared(NamedTuple):
    """A folder that TFDS has prepared: how many examples each split holds, and its identity."""

    folder: Path  # its name is the version
    sizes: dict[str, int]
    digest: str


def raw(base: str) -> Raw:
    """The pooled train and test examples of an image data set, in the order they are stored."""
    if base == "digits":
        # Imported where it is used, so that a command line without data starts at once.
        from sklearn.datasets import load_digits

        digits = load_digits()
        return Raw(digits.images, digits.target.astype(np.int64))
    prepared = find_prepared(one_of("image data set", base, IMAGES))
    n, path = sum(prepared.sizes.values()), cache_dir() / f"{_identity(base, prepared)}.npz"
    found = kept.read(path, {"images": (np.uint8, 4), "labels": (np.int64, 1)})
    if found is not None and len(found["labels"]) == n:
        return Raw(**found)
    data = _decode(base, prepared)
    kept.write(path, data._asdict(), f"{base} will be decoded again next time")
    return data


def identity(base: str) -> str:
    """A name of the data set as it is prepared on disk, another one if its files differ."""
    return _identity(base, find_prepared(one_of("image data set", base, IMAGES)))


def _identity(base: str, prepared: Prepared) -> str:
    n = sum(prepared.sizes.values())
    return f"{base}-{prepared.folder.name}-{n}-{prepared.digest}"


def tfds_dir() -> Path:
    """Where TFDS keeps prepared data sets: $TFDS_DATA_DIR, else its own default."""
    return expanded(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets")


def find_prepared(base: str) -> Prepared:
    """The newest prepared version of a data set, found without importing TFDS.

    The digest of the description and the sizes of files differs with fewer examples, for instance.
    """
    root = tfds_dir() / IMAGES[base].tfds
    found = [p.parent for p in root.glob("*/dataset_info.json") if _VERSION.match(p.parent.name)]
    if not found:
        raise NotPrepared(f"{base} is not prepared in {tfds_dir()}: {how_to_get(base)}")
    folder = max(found, key=lambda f: [int(part) for part in re.findall(r"\d+", f.name)])
    try:
        text = (folder / "dataset_info.json").read_bytes()
        sizes = {
            split["name"]: sum(int(length) for length in split["shardLengths"])
            for split in json.loads(text)["splits"]
            if split["name"] in ("train", "test")
        }
        files = sorted((f.name, f.stat().st_size) for f in folder.iterdir())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(base, folder, error) from error
    if not sum(sizes.values()):
        raise BadInput(f"{folder} holds neither train nor test examples: {how_to_get(base)}")
    digest = hashlib.sha256(text + repr(files).encode()).hexdigest()[:12]
    return Prepared(folder, sizes, digest)


def how_to_get(base: str) -> str:
    """The end of an error message: how to obtain a data set, and what runs without it."""
    return (
        f"install the extra `jamming[download]` and run `python -m jamming.data download {base}`, "
        "or set TFDS_DATA_DIR to the folder where it is prepared; the embedded digits "
        "(`digits10pca`) run now"
    )


@contextmanager
def quiet_tfds() -> Iterator[ModuleType]:
    """Import TFDS, and silence its warnings within the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(max(before, logging.WARNING))
        try:
            yield importlib.import_module("tensorflow_datasets")
        finally:
            logging.disable(before)


def _decode(base: str, prepared: Prepared) -> Raw:
    examples: list[dict[str, Any]] = []
    try:
        with quiet_tfds() as tfds:
            # A builder made from a folder has no code to download with, unlike one made by name
            # (`tfds.data_source` starts a download by default).
            builder = tfds.builder_from_directory(prepared.folder)
            for split, size in prepared.sizes.items():
                source = builder.as_data_source(split)
                for at in range(0, size, BLOCK):
                    examples += source.__getitems__(range(size)[at : at + BLOCK])
        images, labels = (np.stack([one[name] for one in examples]) for name in ("image", "label"))
    except ImportError as error:
        raise BadInput(
            f"{base} cannot be read without tensorflow-datasets ({described(error)}): "
            f"{how_to_get(base)}"
        ) from error
    except Exception as error:  # the readers underneath raise whatever they like
        raise _unreadable(base, prepared.folder, error) from error
    return Raw(images, labels.astype(np.int64))


def _unreadable(base: str, folder: Path, error: Exception) -> BadInput:
    return BadInput(
        f"{base} cannot be read from {folder} ({described(error)}): remove that folder and "
        f"prepare it again in array_record format; {how_to_get(base)}"
    )
