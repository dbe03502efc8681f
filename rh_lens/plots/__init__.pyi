from .heatmap import heatmap as heatmap
from .save import save as save
from .scatter import scatter as scatter
