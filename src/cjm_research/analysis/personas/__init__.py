"""Personas."""
from .segment import Segmentation, segment
