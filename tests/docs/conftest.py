"""The modules that build the site can be imported by their names, as mkdocs imports them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "docs" / "hooks"))
