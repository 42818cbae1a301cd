"""The release check: no identifier of a person stands in anything that is published.

`texts` finds every text a file holds, hidden ones too; `known` are the identifiers of a client's vault; `check` looks for
them, and for what has the form of an identifier, and stops the release in words.
"""

from .check import Guard
from .forms import formed
from .known import Finder, Folded, Known, fold
from .own_words import own_words
from .texts import texts_of
from .vaults import COMMON_WORDS, kept_common_words, participants, require_whole_vault, vault_identifiers

__all__ = [
    "COMMON_WORDS", "Finder", "Folded", "Guard", "Known", "fold", "formed", "kept_common_words", "own_words", "participants", "require_whole_vault", "texts_of", "vault_identifiers",
]
