"""Masking of free text: names, contacts and places become stable pseudonyms, and spans move along."""

from .documents import mask_documents, names_of
from .edits import Edit, Masked, apply_edits
from .known import KnownIds, known_ids
from .masker import Masker, Suspect
from .regions import countries_of, region_of
from .register import Register
from .saved import load_masker, save_masker

__all__ = ["Edit", "KnownIds", "Masked", "Masker", "Register", "Suspect", "apply_edits", "countries_of", "known_ids", "load_masker",
           "mask_documents", "names_of", "region_of", "save_masker"]
