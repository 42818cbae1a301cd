"""Protection of persons: pseudonyms, masking of free text, suppression of small counts, the release check."""

from .pseudonyms import Vault
from .release import Guard, Known, require_whole_vault

__all__ = ["Guard", "Known", "Vault", "require_whole_vault"]
