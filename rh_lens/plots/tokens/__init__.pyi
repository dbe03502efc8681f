from .heads_at_step import heads_at_step as heads_at_step
from .logprobs import logprobs as logprobs
from .looked_at import looked_at as looked_at
from .needle_square import needle_square as needle_square
from .view import TokenView as TokenView
from .view import together as together
