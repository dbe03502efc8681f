"""Prompts and answers with every token coloured, drawn by CircuitsVis in a page."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
