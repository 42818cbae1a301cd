"""The coding widget: a transcript, the code tree, and everything by keyboard."""

from .widget import Coder

__all__ = ["Coder"]
