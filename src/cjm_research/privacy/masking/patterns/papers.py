"""Numbers of papers that name one person: identity and tax numbers, plates, customer numbers; and dates of birth.

A checksum or a form that nothing else has decides; where neither is there, the word before the number does.
Rules: Steuer-IdNr. (BZSt, ISO/IEC 7064 MOD 11,10), Sozialversicherungsnummer (VKVV § 2), NIR (INSEE, key 97), National
Insurance number (HMRC NIM39110), SSN (SSA, numbers never issued), NHS number (modulus 11), DNI and NIE (modulus 23),
codice fiscale (form), CPF (two modulus 11 digits).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_FREE = r"(?<![\w.,/-])", r"(?![\w/-]|[.,]\d)"


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def german_tax_id(text: str) -> bool:
    """Whether the 11th digit checks the ten before (ISO/IEC 7064 MOD 11,10), one of which occurs twice or three times."""
    digits = _digits(text)
    if len(digits) != 11 or digits[0] == "0" or len(set(digits[:10])) not in (8, 9):
        return False
    product = 10
    for digit in digits[:10]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def german_insurance(text: str) -> bool:
    """Whether the last digit of a Rentenversicherungsnummer checks (VKVV § 2)."""
    plain = re.sub(r"\W", "", text).upper()
    as_digits = plain[:8] + f"{ord(plain[8]) - 64:02d}" + plain[9:11]
    total = sum(sum(divmod(int(d) * weight, 10)) for d, weight in zip(as_digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False))
    return total % 10 == int(plain[11])


def french_insurance(text: str) -> bool:
    """Whether the key of a numéro de sécurité sociale is 97 less the rest modulo 97."""
    plain = re.sub(r"\W", "", text).upper().replace("2A", "19").replace("2B", "18")
    return plain.isdigit() and 97 - int(plain[:13]) % 97 == int(plain[13:15])


def _social_security(text: str) -> bool:
    area, group, serial = _digits(text)[:3], _digits(text)[3:5], _digits(text)[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _nhs(text: str) -> bool:
    digits = [int(d) for d in _digits(text)]
    check = 11 - sum(d * (10 - i) for i, d in enumerate(digits[:9])) % 11
    return check != 10 and check % 11 == digits[9]


def _dni(text: str) -> bool:
    plain = re.sub(r"\W", "", text).upper()
    number = {"X": "0", "Y": "1", "Z": "2"}.get(plain[0], plain[0]) + plain[1:-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def _cpf(text: str) -> bool:
    digits = [int(d) for d in _digits(text)]
    for n in (9, 10):
        if sum(d * (n + 1 - i) for i, d in enumerate(digits[:n])) * 10 % 11 % 10 != digits[n]:
            return False
    return len(set(digits)) > 1


_FORMS: tuple[tuple[str, str, Callable[[str], bool] | None], ...] = (  # kind, form, check
    ("tax number", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", german_tax_id),
    ("insurance number", r"\d{2} ?\d{6} ?[A-Za-z] ?\d{3}", german_insurance),
    ("insurance number", r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[ABab]) ?\d{3} ?\d{3} ?\d{2}", french_insurance),
    ("insurance number", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", None),
    ("insurance number", r"\d{3}[- ]\d{2}[- ]\d{4}", _social_security),
    ("insurance number", r"\d{3}[ -]\d{3}[ -]\d{4}", _nhs),
    ("tax number", r"(?:\d{8}|[XYZxyz]-?\d{7})-?[A-Za-z]", _dni),
    ("tax number", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", None),
    ("tax number", r"\d{3}\.\d{3}\.\d{3}-\d{2}", _cpf),
    ("plate", r"[A-Z]{2}\d{2} [A-HJ-PR-Z]{3}", None),  # GB since 2001
    ("plate", r"[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}", None),  # FR since 2009
)
_COMPILED = [(kind, re.compile(_FREE[0] + form + _FREE[1]), check) for kind, form, check in _FORMS]

_NO = r"(?:[ -]?(?:nummer|number|numéro|n[uú]mero|n°|n\.º|no|nr|num|id|card|book|#|№))?"
_WORDS = {  # a word that says what follows: kind → such words
    "passport": r"passport|reise?pass|pass(?=[ -]?(?:nr|nummer))|personalausweis|ausweis|passeport|pasaporte|passaporto|identity card|id[ -]?card|"
                r"carte (?:nationale )?d['’]identit[ée]|driv(?:er['’]?s?|ing)[ -]licen[cs]e|f[üu]e?hrerschein|permis de conduire",
    "tax number": r"tax(?:payer)?(?: id(?:entification)?)?|steuer(?:[ -]?(?:identifikations|ident))?|steuerliche|st(?=[.-]{0,2} ?(?:nr|nummer))|tin|utr|itin|vat|ust[ -]?id|numéro fiscal|nif|siret|partita iva|"
                  r"codice fiscale|bsn|pesel",
    "insurance number": r"social security|ssn|national insurance|ni(?=[ -]?(?:no|number))|nhs|sozialversicherungs?|rentenversicherungs?|krankenversicherungs?|versicherten|"
                        r"sécurité sociale|medicare",
    "plate": r"(?:licen[cs]e|number|registration) plate|plates?|kennzeichen|nummernschild|vehicle registration|car reg|registration(?=[ -]?(?:no|nr|number))|immatriculation|matr[íi]cula|targa",
    "customer number": r"customer|client|account|acct|member(?:ship)?|policy|contract|patient|loyalty|kd\.?|kunden?|konto|vertrags?|mitglieds?|policen?|versicherungsschein|"
                       r"(?:num[ée]ro )?(?:de )?(?:client|compte|contrat|adh[ée]rent)|cliente|cuenta",
}
_VALUE = r"([A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]\d{1,4}[EH]?(?!\w)|(?:[A-Z]{1,5}[ ./-]?)?(?:[A-Za-z]{0,3}\d[A-Za-z0-9]{0,14})(?:[./-][A-Za-z0-9]{1,12}| (?=[A-Z]{0,3}\d)[A-Z0-9]{1,6}(?![a-z])){0,5})"
_IS = r"(?i:(?![^\W_])\s{0,2}(?:is|was|ist|lautet|est|es|:|=|\.|#|\(|->)){0,3}\s{0,2}"
_NUMBER_OF = r"(?:n(?:umm?er|um[ée]ro|úmero|o|r)\.?|id) (?:of |my |meines |de |der ){0,2}"
_LABELLED = [(kind, re.compile(rf"\b(?i:(?:{words})(?P<no>{_NO})|(?P<of>{_NUMBER_OF})(?:{words}))(?P<is>{_IS}){_VALUE}")) for kind, words in _WORDS.items()]
_BARE = 6  # digits of a customer's number behind the bare word "account" or "Konto"
_LEAST = {"plate": 3, "customer number": 4}  # letters and digits; a passport or tax number has six or more
_PLATE = re.compile(r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?\d{1,4}[EH]?(?![\w-])")

_MONTHS = (r"(?:jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar)?|f[ée]vr(?:ier)?|mar(?:ch|s|zo)?|m[äa]e?rz|apr(?:il)?|avril|abril|may|mai|mayo|june?|juni|juin|july?|juli|juillet|aug(?:ust)?|ao[ûu]t|"
           r"sep(?:t(?:ember|embre)?)?|oct(?:ober|obre)?|okt(?:ober)?|nov(?:ember|embre)?|dec(?:ember)?|dez(?:ember)?|d[ée]c(?:embre)?|enero|febrero|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)")
_DAY = (rf"(?:\d{{1,2}}[./ -]{{1,2}}\d{{1,2}}[./ -]{{1,2}}(?:19|20)?\d{{2}}|(?:19|20)\d{{2}}[./-]\d{{1,2}}[./-]\d{{1,2}}"
        rf"|\d{{1,2}}(?:st|nd|rd|th|\.|er|º)?(?: of| de)? ?{_MONTHS}\.?,?(?: de)? ?(?:19|20)?\d{{2}}|{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?,? ?(?:19|20)\d{{2}})")
_BORN = (r"(?:born|date of birth|birth ?date|birth ?day|d\.?o\.?b\.?|geboren|geb\.?|geburtsdatum|geburtstag|n[ée]{1,2}|date de naissance|naissance|nacid[oa]|"
         r"fecha de nacimiento|nat[oa]|data di nascita|geboortedatum|data de nascimento|nascid[oa]|\*)")
_BIRTH = re.compile(rf"(?<!\w)(?i:{_BORN})(?i:\s{{0,2}}(?:is|was|ist|war|am|on|le|el|il|:|=|\(|the|den)){{0,4}}\s{{0,2}}(?i:({_DAY}))(?!\d)")
_ANY_DAY = re.compile(rf"(?i:{_DAY})")


def papers(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of numbers that name one person."""
    for kind, pattern, check in _COMPILED:
        yield from ((*m.span(), kind) for m in pattern.finditer(text) if check is None or check(m[0]))
    for kind, pattern in _LABELLED:
        for m in pattern.finditer(text):
            start = m.start(m.lastindex or 0)
            value = m[m.lastindex or 0].rstrip(" ./-")
            if kind == "plate" and (plate := _PLATE.match(text, start)):
                value = plate[0]
            digits = sum(c.isdigit() for c in value)
            said = m["no"] or m["of"] or any(c in m["is"] for c in ":#=")
            least = 1 if kind == "plate" else _BARE if kind == "customer number" and not said else 3
            if len(re.sub(r"\W", "", value)) >= _LEAST.get(kind, 6) and digits >= least and not _ANY_DAY.fullmatch(value):
                yield start, start + len(value), kind


def births(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, kind) of days that the text calls somebody's day of birth."""
    yield from ((*m.span(1), "date of birth") for m in _BIRTH.finditer(text))


def is_day(text: str) -> bool:
    """Whether the whole text is a day: "12.03.1985" is no phone number."""
    return bool(_ANY_DAY.fullmatch(text))
