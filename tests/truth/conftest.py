"""Makes the helpers of this folder, and those of ``tests/real`` that need no real server, importable."""

from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(__file__)
sys.path[:0] = [_HERE, os.path.join(os.path.dirname(_HERE), "real")]
