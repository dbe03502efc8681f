"""The explorer: every head, where it looks, what it writes, and the answer without it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
