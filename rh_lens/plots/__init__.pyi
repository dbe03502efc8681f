from .copy_trace import copy_trace as copy_trace
from .curve import curve as curve
from .graph import graph as graph
from .heatmap import heatmap as heatmap
from .needle_grid import needle_grid as needle_grid
from .save import save as save
from .scatter import scatter as scatter
from .span_effects import span_effects as span_effects
