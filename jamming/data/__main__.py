"""`python -m jamming.data download NAME`: prepare a data set with TFDS, once."""

import sys
from dataclasses import dataclass
from typing import Annotated, ClassVar

from jamming.checks.errors import BadInput, described
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.data.names import IMAGES, parse_name
from jamming.data.sources import quiet_tfds, tfds_dir


@dataclass(frozen=True, kw_only=True)
class Data(Command):
    """Prepare a data set with TFDS, once: ``python -m jamming.data download NAME``."""

    words: Annotated[tuple[str, ...], Help("download NAME, such as mnist")] = ()

    prog: ClassVar[str] = "data"
    bare: ClassVar[str] = "words"

    def run(self) -> int:
        """Download."""
        if len(self.words) != 2 or self.words[0] != "download":
            raise BadInput("usage: python -m jamming.data download NAME, such as mnist or cifar10")
        base = parse_name(self.words[1]).base
        if base not in IMAGES or not IMAGES[base].tfds:
            echo(f"{base} needs no download")
            return 0
        try:
            with quiet_tfds() as tfds:
                tfds.disable_progress_bar()
                # array_record is the format that can be read back without TensorFlow.
                form = {"data_dir": str(tfds_dir()), "file_format": "array_record"}
                tfds.builder(IMAGES[base].tfds, **form).download_and_prepare()
        except ImportError as error:
            raise BadInput(
                f"{base} cannot be downloaded ({described(error)}): install the extra"
                " `jamming[download]` and try again"
            ) from error
        except Exception as error:  # network, disk, checksums: TFDS raises whatever they raise
            raise BadInput(
                f"{base} could not be downloaded to {tfds_dir()} ({described(error)}): check the "
                "network and the disk, or set TFDS_DATA_DIR to a folder where it is prepared"
            ) from error
        echo(f"{base} is prepared in {tfds_dir()}")
        return 0


main = Data.main

if __name__ == "__main__":
    sys.exit(main())
