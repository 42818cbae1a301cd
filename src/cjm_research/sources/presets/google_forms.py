"""Google Forms: the sheet of responses. Times are in the sheet's zone and spelling, which are asked for.

Only sheets with a question (or a grid's row) and times as the form writes them can be told from other tables. Source: Google's help on responses.
"""

from __future__ import annotations

from ..preset import Preset
from ..reading.rows import renamed
from ..signature import Signature

_FIRST = "Timestamp|Zeitstempel|Horodateur|Marca temporal|Informazioni cronologiche|Carimbo de data/hora|Tijdstempel|Sygnatura czasowa|Tidsstämpel|Časová značka"
#: as the sheet writes moments: 8/27/2014 11:29:31, 27.08.2014 11:29:31, 2014/08/27 11:29:31 AM GMT+2
_MOMENT = r"(?:\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}[/-]\d{1,2}[/-]\d{1,2}) \d{1,2}:\d\d:\d\d(?: ?[AP]M)?(?: GMT[+-]\d{1,2}(?::\d\d)?)?"

ANSWERS = Preset(
    name="google_forms", title="Google Forms, sheet of responses", reader="survey",
    signature=Signature(required=(f"/{_FIRST}/", "/.+\\?|.+ \\[.+\\]/"), first=_FIRST, cells={f"/{_FIRST}/": _MOMENT}, typical=("/(?:Email Address|Username|E-Mail-Adresse|Nutzername|Adresse e-mail|Dirección de correo electrónico)/",)),
    columns={"answered_at": "Timestamp", "customer_id": "Email Address"}, settings={"key_type": "email"},
    prepare=lambda frame, source, report: renamed(frame, {str(frame.columns[0]): "Timestamp"}, f"source {source.name!r}: {', '.join(report.files[:3])}"))
