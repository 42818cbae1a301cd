"""Names behind a form of address: "Frau Dr. Kunze", "Mr and Mrs J. Smith", "Mme Lefèvre"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..word_lists import words

_DEGREE = r"(?:(?:Dr|Prof|Dipl|Ing|Mag|Med|med|h\.c|PD)\.?(?:-Ing\.)? ?(?:(?:med|jur|phil|rer\. nat)\. ?)?){0,3}"
_PLAIN = (r"Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Rev|Herrn?|Frau|Fräulein|Fr|Hr|Hrn|Mme|Mmes|Mlle|Monsieur|Madame|Mademoiselle|"
          r"Sr|Sra|Srta|Señora?|Señorita|Sig|Sig\.ra|Signora?|Dott|Dott\.ssa|Dhr|Mevr|Mevrouw|Meneer|Senhora?")
_PARTICLE = r"(?:(?:von der|von dem|von|vom|van der|van den|van|zu|zur|de la|de|del|della|der|den|di|du|da|dos|ten|ter|le|la|el|al|bin|ibn)\s)"
_WORD = r"(?:[^\W\d_a-zäöüßàâçéèêëîïôûùœæñ](?:['’][^\W\d_])?[\w'’-]{1,30}|[^\W\d_a-zäöü]\.(?:-?[^\W\d_]\.)?)"
_TITLED = re.compile(
    rf"(?<![\w'’])(?:{_PLAIN})\.?(?:\s{{1,2}}(?:and|und|et|y|e|&)\s{{1,2}}(?:{_PLAIN})\.?)?\s{{1,2}}{_DEGREE}((?:{_PARTICLE}){{0,2}}{_WORD}(?:[ ](?:{_PARTICLE}){{0,2}}{_WORD}){{0,2}})")
#: what a capitalised word behind a title is when it is no name: brands, offices, nouns
_NOBODY = words(
    "dr prof med dipl ing mag mr mrs ms anéis rings cooper pepper martens oetker bean robot clean price right coffee muscle president chairman speaker minister doktor doctor professor präsident präsidentin kollege kollegin "
    "bundeskanzler bundeskanzlerin minister ministerin direktor direktorin bürgermeister bürgermeisterin holle gott wrong perfect big universe softie beast monopoly "
    "america bank support service team the this that i you we they he she it and or but in on at for to of is was who")
_CALENDAR = words("monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december "
                      "montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember")
_GERMAN = frozenset(("herr", "herrn", "frau", "fräulein", "hr", "hrn", "fr"))
#: German writes all nouns with capitals, so the second capitalised word counts only behind a first name or initial
_FIRST_NAMES = words(
    "alexander alexandra alfred andrea andreas angela angelika anja anke anna anne annette antje astrid axel ayşe barbara beate bernd bernhard bettina birgit björn brigitte carina carla "
    "carolin caroline charlotte christa christian christiane christina christine christoph claudia clara cornelia dana daniel daniela david dennis diana dieter dirk dominik doris edith elena elfriede elias elisabeth "
    "elke ella emil emilia emma erika ernst erwin eva fabian fatma felix finn florian frank franz franziska friedrich fritz gabriele georg gerd gerda gerhard gertrud gisela günter günther hanna hannah hannelore "
    "hans harald hartmut heike heiko heinrich heinz helga helmut henrik herbert hermann hildegard holger horst ilse ines inge ingeborg ingo ingrid irene irmgard isabel jan jana janina jasmin jens jessica joachim "
    "johann johanna johannes jonas jörg josef judith julia julian jürgen jutta kai karin karl karsten katharina kathrin katja katrin kerstin kevin klaus konrad kristina kurt lara laura lea lena leon leonie lina "
    "lisa lothar luca luis luisa lukas lutz maja manfred manuel manuela marc marcel marco margarete margit maria marie marina mario marion markus marlene marta martha martin martina mathias matthias max "
    "maximilian mehmet melanie mia michael michaela mia miriam mohammed monika moritz mustafa nadine nadja nicole niklas nils nina norbert olaf oliver oskar otto patricia patrick paul paula peter petra philipp "
    "pia rainer ralf ralph ramona raphael regina reinhard renate rita robert roland rolf rosemarie rudolf ruth sabine sabrina samuel sandra sara sarah sascha sebastian silke silvia simon simone sofia sonja "
    "sophia sophie stefan stefanie steffen stephan susanne sven svenja sybille sylvia tanja tatjana theo theresa thomas thorsten tim timo tina tobias tom torsten udo ulla ulrich ulrike ursula ute uwe vanessa "
    "vera verena veronika viktoria volker walter waltraud werner wilhelm wolfgang yvonne zeynep")


_GATE = re.compile(rf"(?<![\w'’])(?:{_PLAIN})\.?\s")


def may_title(text: str) -> bool:
    """Whether a text has a form of address, without which `titled` finds nothing."""
    return _GATE.search(text) is not None


def titled(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of every name that follows a form of address."""
    for match in _TITLED.finditer(text):
        german = match[0].split()[0].rstrip(".").casefold() in _GERMAN
        end, words = match.start(1), 0
        firsts = True  # whether all words so far are first names or initials
        for word in re.finditer(r"\S+", match[1]):
            plain = word[0].rstrip(".'’")
            low = plain.casefold()
            particle = plain[:1].islower()
            if particle:
                continue
            if low in _NOBODY or low in _CALENDAR or set(low) <= {"x"} or (plain.isupper() and len(plain) > 1 and not match[0].isupper() and words):
                break
            if words and german and not firsts:
                break
            firsts = firsts and (low in _FIRST_NAMES or word[0].endswith("."))
            words += 1
            end = match.start(1) + word.start() + len(plain) + (word[0].endswith(".") and len(plain) == 1)
        if words:
            yield match.start(1), end
