"""``python -m audit.synthesis FOLDER [--call ID ...]``: rebuild the sample calls."""

import argparse
import sys
from pathlib import Path

from audit.errors import TasleekError
from audit.synthesis.samples import rebuild


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m audit.synthesis",
        description="Rebuild the synthesized sample calls and their references.",
    )
    parser.add_argument("folder", type=Path, help="folder with scripts/, e.g. data/samples")
    parser.add_argument(
        "--call", action="append", default=[], metavar="ID", help="rebuild only this call"
    )
    options = parser.parse_args(arguments)
    try:
        rebuilt = rebuild(options.folder, options.call)
    except TasleekError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(rebuilt)} calls rebuilt in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
