from . import widget as widget
from .explore import explore as explore
from .shown import Explorer as Explorer
