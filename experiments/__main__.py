"""`python -m experiments`: see `experiments.console`."""

import sys

from experiments.console import main

sys.exit(main())
