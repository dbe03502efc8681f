from .audit import Audit as Audit
from .audit import audit as audit
from .core import core as core
from .duo_attention import duo_attention as duo_attention
from .headkv import headkv as headkv
from .qrhead import qrhead as qrhead
from .wu2024 import wu2024 as wu2024
