"""``python -m anomaly_assets`` is the command ``anomaly-assets``."""

import sys

from .cli import main

sys.exit(main())
