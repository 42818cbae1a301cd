"""The release check: no identifier of a person stands in anything that is published.

`texts` finds every text a file holds, hidden ones too; `known` are the identifiers of a client's vault; `check` looks for
them, and for what has the form of an identifier, and stops the release in words.
"""

from .check import Guard
from .forms import formed
from .known import Finder, Known, fold
from .texts import texts_of
from .vaults import participants, require_whole_vault, vault_identifiers

__all__ = ["Finder", "Guard", "Known", "fold", "formed", "participants", "require_whole_vault", "texts_of", "vault_identifiers"]
