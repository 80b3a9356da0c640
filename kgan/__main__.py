"""`python -m kgan`: the command line."""

import sys

from kgan.cli import main

sys.exit(main())
