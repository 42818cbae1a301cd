"""Protection of persons: pseudonyms, masking of free text, suppression of small counts, the release check."""

from .pseudonyms import Vault
from .release import check_release, suppress_small

__all__ = ["Vault", "check_release", "suppress_small"]
