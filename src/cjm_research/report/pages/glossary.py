"""Words of method that pages explain on demand: only those a page uses are shown on it."""

from __future__ import annotations

import re

#: what readers of a report ask; a word is listed where the page's text has it as a whole word
GLOSSARY: dict[str, str] = {
    "95 % interval": "The range of values that the data cannot exclude at the 5 % level. A wide interval means little data.",
    "base": "How many the share is out of: those who could have done it.",
    "bootstrap": "An interval found by drawing from the data again and again with replacement.",
    "CES": "Customer effort score: how easy something was. Whether high or low is good depends on its version.",
    "CSAT": "Customer satisfaction score: the share of answers in the upper part of the scale, or the mean answer.",
    "Cohen's kappa": "Agreement of two coders beyond chance: 1 is perfect, 0 is what chance would give.",
    "CUPED": "A comparison made more precise by what was known of each unit before the experiment.",
    "guardrail": "A metric that an experiment must not harm, tested against a margin set beforehand.",
    "Krippendorff's alpha": "Agreement of any number of coders beyond chance, also with missing codings.",
    "Newcombe": "Interval for the difference of two shares that keeps its level in small samples (Newcombe 1998).",
    "NPS": "Net promoter score: share of answers 9–10 minus share of answers 0–6, from −100 to 100.",
    "p-value": "How often data this far from 'no difference' would arise if there were none. Not the chance of being wrong.",
    "pending": "Entered too recently for the whole window to have passed; neither converted nor lost yet.",
    "persona": "A segment of customers described by what they do and what they say.",
    "sample-ratio mismatch": "Groups of other sizes than planned: a sign that assignment or logging went wrong.",
    "saturation": "The point from which further interviews bring hardly anything new.",
    "silhouette": "How much nearer customers are to their own segment than to the next: 1 is clear, 0 is none.",
    "touchpoint": "Where customer and brand meet.",
    "valence": "How pleasant an emotion is, from −2 to +2.",
    "Wilson": "Interval for a share that holds also for small numbers and near 0 and 100 % (Wilson 1927).",
}


def words_used(html: str) -> list[tuple[str, str]]:
    """The glossary's words that a page's text uses, in alphabetical order."""
    text = re.sub(r"<[^>]*>", " ", re.sub(r"<(svg|script|style|pre)\b.*?</\1>", " ", html, flags=re.S))
    text = re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("&#x27;", "'").replace("’", "'"))
    return [(word, meaning) for word, meaning in sorted(GLOSSARY.items(), key=lambda kv: kv[0].lower())
            if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=0 if word.isupper() else re.I)]
