"""Voices: the themes of what people write, how many write about each, when, where and how they rate it; or that there are none that hold.

`read` says which texts are looked at, `factors` which themes stand, `found` which texts belong to them and what they are called, `figures` counts.
"""

from .answer import written_themes

__all__ = ["written_themes"]
