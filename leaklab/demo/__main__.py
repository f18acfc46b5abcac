"""``python -m leaklab.demo``."""

import sys

from leaklab.demo import main

if __name__ == "__main__":
    sys.exit(main())
