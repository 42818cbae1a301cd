"""Identity: what kinds of keys tie records to persons, and which must not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field

from .base import Names, Section

KeyKind = Literal["person", "contact", "device", "group"]
KINDS: tuple[KeyKind, ...] = get_args(KeyKind)
#: what a key is by its name: of a group, which ties nobody; of a thing that several persons may use or that one person has many of; of
#: an address that a family may share. What no name says is a person's own key.
_NAMED: tuple[tuple[KeyKind, re.Pattern[str]], ...] = (
    ("group", re.compile(r"(^|_)(account|company|companies|firm|organi[sz]ation|org|employer|household|family|tenant|workspace|team|group|branch|domain|subsidiary|"
                         r"firma|konto|haushalt|entreprise|compte|empresa|cuenta|azienda)(_|$)")),
    ("contact", re.compile(r"(^|_)(e?_?mail|phone|telephone|mobile|tel|telefon|cell|msisdn|fax|whatsapp)(_|$)|email")),
    ("device", re.compile(r"(^|_)(device|cookie|browser|client|anonymous|anon|visitor|visit|session|ip|adid|idfa|idfv|gaid|fingerprint|installation|install|pseudo|"
                          r"terminal|kiosk|tablet|order|transaction|ticket|case|conversation|booking|invoice|response|ga|ecid|mcid)(_|$)")),
)


def kind_of(key_type: str, declared: Mapping[str, str] | None = None) -> KeyKind:
    """What kind of key it is: as params declare it, else by its name."""
    if declared and key_type in declared:
        return next(k for k in KINDS if k == declared[key_type])
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", "_", key_type).lower()
    return next((kind for kind, pattern in _NAMED if pattern.search(name)), "person")


class Identity(Section):
    """Which keys tie records to one person."""

    kinds: dict[str, KeyKind] = Field({}, description="What a key type is, where its name does not say it: person (one person's own id), contact (an address that a family may "
                                      "share), device (a browser, tablet, order, …), group (an account, company, household: ties nobody).")
    account: str = Field("account", description="Attribute of customers that names their account, for `unit: account`; a key of a group is one under its name.")
    allow: Names = Field([], description="Key types of which one key may make several ids of another type one person.")
    keep_apart: Names = Field([], description="Keys that tie nobody: identifiers of the exports, or their pseudonyms k_… from identity_links; undoes a merge.")
