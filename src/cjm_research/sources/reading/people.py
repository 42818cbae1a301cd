"""Persons of an export: attributes and consent → customers."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pandas as pd

from ...errors import BadInput
from .export import Export

#: how consent is written, in several languages; compared without case, accents and points at the end. Anything else is refused
YES = [
    "true", "t", "yes", "y", "1", "1.0", "x", "on", "checked", "granted", "given", "agreed", "agree", "accepted", "accept", "allowed", "consented",
    "opt-in", "opted-in", "optin", "subscribed", "angemeldet", "abonne", "inscrit", "suscrito", "iscritto", "aangemeld", "inscrito", "ja", "j", "zugestimmt", "einverstanden", "erteilt", "erlaubt", "oui", "o", "accepte", "accord", "si", "s", "aceptado",
    "acepta", "concedido", "sim", "aceito", "accettato", "concesso", "akkoord", "toegestaan", "tak", "zgoda", "ano", "souhlas", "igen", "da", "evet",
    "✓", "✔", "☑", "i-agree", "i-consent", "i-accept", "yes,-i-agree", "ich-stimme-zu", "ich-bin-einverstanden", "j'accepte", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "kylla", "hyvaksytty", "godkant", "samtykke", "はい", "是", "да"]
NO = [
    "false", "f", "no", "n", "0", "0.0", "off", "unchecked", "denied", "deny", "refused", "refuse", "declined", "decline", "rejected", "withdrawn",
    "revoked", "opt-out", "opted-out", "optout", "unsubscribed", "unsubscribe", "cleaned", "objected", "abgemeldet", "widersprochen", "desabonne", "desinscrit",
    "dado-de-baja", "baja", "disiscritto", "cancellato", "afgemeld", "descadastrado", "disallowed", "nein", "abgelehnt", "verweigert", "widerrufen", "non", "retire", "rechazado", "rechaza",
    "denegado", "retirado", "nao", "recusado", "negado", "rifiutato", "negato", "revocato", "nee", "geweigerd", "ingetrokken", "nie", "odmowa", "ne",
    "✗", "✘", "✕", "☐", "disagree", "disagreed", "i-disagree", "do-not-agree", "i-do-not-agree", "i-don't-agree", "no,-i-do-not-agree", "i-do-not-consent", "i-decline", "not-granted", "not-given", "not-agreed",
    "nicht-einverstanden", "nicht-erteilt", "nicht-zugestimmt", "ich-stimme-nicht-zu", "je-refuse", "falsch", "faux", "falso", "onwaar", "nesouhlas", "nem", "hayir", "ei", "nej", "nei", "avslag", "いいえ", "否", "нет"]
#: answers that are none; like an empty cell they are no consent
NONE = [
    "-", "--", "n/a", "na", "none", "null", "unknown", "pending", "unset", "not-set", "not-asked", "no-answer", "keine-angabe", "unbekannt",
    "inconnu", "desconocido", "desconhecido", "sconosciuto", "onbekend"]

CONSENT_SETTINGS = {"consent_values": "{answer: yes or no}: what other words in the consent column mean"}


def consent(export: Export) -> pd.Series:
    """The consent column as true, false or missing; no answer is missing, and no consent (see `build.persons`).

    Raises `BadInput` for other words: consent is never guessed.
    """
    text = export.text("consent")
    own = {_plain(str(k)): str(v) for k, v in export.setting("consent_values", {}, dict).items()}
    text = text.map({v: own[_plain(str(v))] for v in text.dropna().unique() if _plain(str(v)) in own}).astype("string").fillna(text) if own else text
    agreed, odd = yes_or_no(text)
    if odd.any():
        answer = str(text[odd].iloc[0])[:40]
        raise BadInput(f"{export.where}: columns.consent", f"the answer {answer!r} is unknown",
                       "words for yes and no (true, yes, granted, opted in; false, no, denied, unsubscribed) in several languages; an empty cell is no consent",
                       f"say what it means: settings: {{consent_values: {{{answer!r}: yes}}}} where it agrees, {{{answer!r}: no}} where it does not")
    yes, no = int((agreed == True).sum()), int((agreed == False).sum())  # noqa: E712  (missing stays missing)
    export.report.notes.append(f"consent: {yes:,} rows say yes, {no:,} no, {len(agreed) - yes - no:,} give no answer, which is no consent")
    return agreed


def yes_or_no(text: pd.Series, more: Mapping[str, bool] | None = None) -> tuple[pd.Series, pd.Series]:
    """Words for yes and no as true, false or missing, and which cells are neither; more: further words of the subject."""
    plain = text.map({value: _plain(str(value)) for value in text.dropna().unique()}).astype("string")
    table: dict[str, bool | None] = {**dict.fromkeys(NONE), **dict.fromkeys(NO, False), **dict.fromkeys(YES, True), **(more or {})}
    return plain.map({k: v for k, v in table.items() if v is not None}).astype("boolean"), plain.notna() & ~plain.isin(list(table))


def _plain(answer: str) -> str:
    letters = unicodedata.normalize("NFKD", answer.replace("ı", "i").replace("İ", "i")).casefold()
    return "-".join("".join(c for c in letters if not unicodedata.combining(c)).replace("_", " ").replace("-", " ").strip(" .!").split()) or "-"


def customers(export: Export, keys: pd.DataFrame, agreed: pd.Series | None = None) -> pd.DataFrame:
    """One row a person with a key: the attributes that params list, of their first row, and consent: no where any row says no, else yes
    where any says yes.

    agreed: the answers by row, where rows were dropped since; default: those of the column.
    """
    person = keys["customer_key"].notna() & ~keys.duplicated()
    if agreed is None and "consent" in export.source.columns:
        agreed = by_person(keys, consent(export))
    return export.table("customers", {
        **keys[person], "consent": None if agreed is None else agreed.loc[keys.index[person]], "attributes": export.properties("attributes")[person]})


def by_person(keys: pd.DataFrame, agreed: pd.Series) -> pd.Series:
    """Answers by row, each that of its person: a single no outweighs every yes."""
    grouped = agreed.astype("Float64").groupby([keys["key_type"], keys["customer_key"]], dropna=False)
    return grouped.transform("min").astype("boolean").reindex(agreed.index)
