"""Markdown tables of benchmarks/README.md, each below a line that says what it is from."""

import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import leaklab


def made_by() -> str:
    """The command that runs, the version and commit of the code, the date."""
    describe = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    commit = subprocess.run(describe, cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()
    command = shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]])
    return f"*`{command}` · leaklab {leaklab.__version__} ({commit or 'no commit'}) · {datetime.now(UTC):%Y-%m-%d}*"


class Table:
    """Prints its head, then row after row; columns whose names end in a colon hold numbers, at the right."""

    def __init__(self, *columns: str):
        self.columns = len(columns)
        print(f"\n{made_by()}\n")
        self.row(*(column.removesuffix(":") for column in columns))
        print("|" + "".join("---:|" if column.endswith(":") else "---|" for column in columns))

    def row(self, *cells) -> None:
        """A row; cells left out at the end stay empty."""
        print("|" + "".join(f" {cell} |" for cell in [*cells, *[""] * (self.columns - len(cells))]), flush=True)
