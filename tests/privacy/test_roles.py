"""Roles are no names, in the languages of the product, in any spelling, alone or beside a name."""

from __future__ import annotations

import pandas as pd
import pytest

from cjm_research.privacy.masking import Masker, names_of
from cjm_research.privacy.masking.roles import is_role, people, persons, role

ASKS = "Interviewer|INTERVIEWER 1|Moderatorin|Moderator/in|Note taker|notetaker 2|Researcher #2|Interviewführer|Enquêteur|intervieweuse|Animatrice|Entrevistador|entrevistadora 2|Pesquisadora|Onderzoeker|Interviewster|Intervistatore|Intervistatrice 1|I|I1|Q"
ANSWERS = (
    "Interviewee|interviewee 2|Interviewee 1 & Interviewee 2|Participant #3|Female Participant|P1|P-03|P_3|Befragte|Befragter 2|Teilnehmer*in 4|Teilnehmer:in|Kunde|Kundin|"
    "Proband 7|TN 2|Interviewpartnerin|Enquêtée|Interviewé|interviewée 1|Répondant|Personne interviewée|Entrevistado|Entrevistada 2|usuario/a|Utilizador|Usuária|Inquirido|"
    "Geïnterviewde|Deelnemer 1|Klant|Intervistato|Intervistata|Utente|Partecipante 3|A|B2|R1"
)
VOICES = "Speaker 1|SPEAKER_00|spk_0|Speaker A|Unknown Speaker|Sprecher 2|Locuteur 1|Hablante 2|Falante 1|Spreker 1|Parlante|S1|Interviewer & Interviewee"
NAMES = "Anna|Anna Gast|M.|Dr. Weiß|Jean Client|User 123456|Price|Interviewer & Anna|Agent Smith|王芳|أحمد علي|delia k"


@pytest.mark.parametrize(("labels", "expected"), [(ASKS, "interviewer"), (ANSWERS, "participant"), (VOICES, "unknown"), (NAMES, None)])
def test_what_a_label_says(labels: str, expected: str | None) -> None:
    assert {label: role(label) for label in labels.split("|")} == dict.fromkeys(labels.split("|"), expected)


@pytest.mark.parametrize(
    ("label", "held"),
    [
        ("Interviewee 1 & Interviewee 2", []),
        ("Interviewer (Anna Berg)", ["Anna Berg"]),
        ("Participant 3 - Dana Fox", ["Dana Fox"]),
        ("Kunde Müller", ["Müller"]),
        ("Müller, Dana (Guest)", ["Müller, Dana (Guest)"]),
        ("Anna and Ben", ["Anna", "Ben"]),
        ("Anna, Ben & Cleo", ["Anna", "Ben", "Cleo"]),
        ("Anderson", ["Anderson"]),
    ],
)
def test_names_in_a_label(label: str, held: list[str]) -> None:
    assert persons(label) == held


def test_labels_of_several_people() -> None:
    assert people("Interviewee 1 & Interviewee 2") == ["Interviewee 1", "Interviewee 2"] and people("Moderator/in") == ["Moderator/in"]
    assert people("Fox, Dana") == ["Fox, Dana"]


def test_roles_stay_in_every_text() -> None:
    labels = "Interviewee|Interviewer (Anna Berg)|Befragter|Client Dupont|Interviewee 1 & Interviewee 2|Ben & Cleo|Gast".split("|")
    masker = Masker(dict.fromkeys(labels))
    said = "The Interviewee and the Befragter met the Client, the Interviewer and a Gast; Interviewee 1 left."
    assert masker.mask(said).text == said
    assert masker.mask("Anna asked Dupont, Cleo and Ben.").text == "[Person 1] asked [Person 2], [Person 3] and [Person 4]."
    assert [masker.person(label) for label in labels] == [
        "Interviewee", "Interviewer (Person 1)", "Befragter", "Client Person 2", "Interviewee 1 & Interviewee 2", "Person 4 & Person 3", "Gast",
    ]
    assert masker.mask("Kind regards\nAnna Berg").text == "Kind regards\n[Person 1]" and masker.mask("Mit freundlichen Grüßen\nKunde").edits == ()


def test_names_of_leaves_roles_out() -> None:
    turns = pd.DataFrame({"document_id": ["d"] * 2, "speaker": ["Entrevistadora", "Utente 2"], "is_interviewer": [True, False]})
    documents = pd.DataFrame({"document_id": ["d"], "participant_id": ["P1"]})
    assert names_of(documents, turns) == {} and is_role("Utente 2")
