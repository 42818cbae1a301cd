"""What must not be seen in the tables: raw ids become pseudonyms, free text is masked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..engine.duck import Engine
from ..params import Params
from ..privacy import Known, Vault
from ..privacy.erased_words import ErasedWords
from ..privacy.erasures import Erasures
from ..privacy.masking import Register
from ..privacy.masking.saved import REGISTER
from ..privacy.release import COMMON_WORDS, Folded, fold, vault_identifiers
from .fields import mask_fields
from .masking import Finders, forget_masking, mask_tables, masker_of_fields
from .rows import exchange, redefine
from .vocabulary import common_words, keep_common_words

#: ids that are raw in the exports: column → prefix of its pseudonym, by table
_PSEUDONYMS = {
    "interactions": {"session_id": "s"}, "responses": {"response_id": "r"}, "deals": {"deal_id": "d"},
    "assignments": {"unit_id": "u"}, "measurements": {"unit_id": "u"},
}


#: ids of single records: exports put order numbers into them, and ids made from content could be guessed back
_RECORD_IDS = {"interactions": ("interaction_id", "i"), "feedback": ("feedback_id", "f")}


def protect(engine: Engine, params: Params, vault: Vault, notes: list[str], erasures: Erasures, labels: Mapping[str, int] = MappingProxyType({})) -> Finders:
    """Pseudonymise raw ids, mask free text, and what identifies a person in all other fields.

    What erased persons were called stays masked where others say it. Once somebody was erased, the register and the other files
    of the masking hold what this build's texts say, and nothing else. labels: what looks like a speaker's label in transcripts and
    was not taken for one, with how often; the review list names it. Returns what finds the identifiers, for what is written later.
    """
    if params.privacy.pseudonymise:
        for name, (column, prefix) in _RECORD_IDS.items():
            if engine.columns(f"in_{name}"):
                # hashed in the engine, since there are as many as records; the key makes guessing useless
                select = f"""SELECT * REPLACE ('{prefix}_' || substr(sha256('{vault.key.hex()}' || CAST("{column}" AS VARCHAR)), 1, 20) AS "{column}") FROM """
                if name == "interactions":
                    redefine(engine, select + "{rows}")
                else:
                    engine.con.execute(f"CREATE OR REPLACE TEMP TABLE in_{name} AS {select} in_{name}")
        for name, columns in _PSEUDONYMS.items():
            for column, prefix in columns.items():
                if column not in engine.columns(f"in_{name}"):
                    continue
                raw = engine.query(f'SELECT DISTINCT CAST("{column}" AS VARCHAR) AS raw FROM in_{name} WHERE "{column}" IS NOT NULL')
                raw["shown"] = vault.pseudonyms(raw["raw"].astype("string"), prefix)
                if name == "interactions":
                    exchange(engine, column, raw, others=False)
                    continue
                engine.register("pseudonym", raw)
                engine.con.execute(f"""CREATE OR REPLACE TEMP TABLE in_{name} AS
                    SELECT i.* REPLACE (p.shown AS "{column}") FROM in_{name} i
                    LEFT JOIN pseudonym p ON CAST(i."{column}" AS VARCHAR) = p.raw""")
    gone = ErasedWords(erasures)
    identifiers = vault_identifiers(vault.folder, common=True)
    words = common_words(engine, identifiers, params)
    keep_common_words(vault, words)
    if words:
        identifiers = {i for i in identifiers if fold(i).strip() not in words}
    folded = Folded(identifiers)
    known, in_fields = Known(folded, gone=gone), Known(folded, gone=gone, in_fields=True)
    finders = Finders(known.whole(), in_fields.whole())
    finder = finders.in_text if params.privacy.pseudonymise and known else None
    register = Register(vault.folder / REGISTER)
    register.stand_in = gone.stand_in
    if params.privacy.mask_text:
        notes += mask_tables(engine, params, vault, register, finder, labels)
    elif erasures:
        forget_masking(vault)
    masker = masker_of_fields(params, vault, register, finders.in_fields if params.privacy.pseudonymise and in_fields else None)
    notes += mask_fields(engine, masker)
    if erasures:
        register.forget_unused()
    if masker.masker is not None or erasures:
        register.save()
    if words and params.privacy.pseudonymise:
        places = ", ".join(sorted({where.partition(":")[0] for where in words.values()}))
        notes.append(f"{len(words):,} {'identifiers are words' if len(words) > 1 else 'identifier is a word'} that other customers' records use, too ({places}): "
                     f"not looked for anywhere. data/vault/{params.client}/{COMMON_WORDS} lists them; what is a name all the same goes into privacy.names")
    if known.untold and finder is not None:
        notes.append(f"{known.untold:,} identifiers are short or plain numbers that nobody could tell from counts: pages and texts are not searched for them "
                     f"(fields are, except for {in_fields.untold:,} of fewer than six digits)")
    return finders
