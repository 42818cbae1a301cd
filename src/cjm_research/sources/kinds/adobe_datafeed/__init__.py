"""Adobe Analytics data feeds: hits without a header, the header and lookups in another file, a manifest that says what is whole."""

from .source import KIND

__all__ = ["KIND"]
