"""What only the client can say, with what was seen and what it decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """One question to the client.

    where: place in the params, "web: timezone". ask: the question. found: what was seen. allowed: what an answer may be. decides: what rests
    on it. proposed: the answer that is proposed, empty where none is; yes: what "yes" stands for. source and key: where
    an answer goes. private: what was seen, as whoever is asked at the terminal must see it to answer, with names and words of the export; written nowhere.
    """

    where: str
    ask: str
    found: str
    allowed: str
    decides: str
    source: str
    key: str
    proposed: str = ""
    yes: str = ""
    private: str = ""

    def lines(self, asking: bool = False) -> list[str]:
        """The question as comment lines of the params, or as it is asked at the terminal."""
        return [f"QUESTION: {self.ask}", f"  seen: {self.private or self.found if asking else self.found}", f"  allowed: {self.allowed}", f"  it decides: {self.decides}"]
