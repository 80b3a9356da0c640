"""`python -m kgan.cli` is the command `kgan`."""

import sys

from kgan.cli import main

sys.exit(main())
