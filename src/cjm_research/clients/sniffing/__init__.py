"""From a folder of exports to a client's first params: which file is what, and what only the client can say.

Every file is read, ignored or not understood, and said to be. A vendor is named only where its form is proven; what cells cannot tell is
asked, with what was seen and what the answer decides.
"""

from __future__ import annotations

from .kinds import Recognised, recognise
from .proposal import Proposal, propose
from .questions import Question
from .tables import Sample, samples

__all__ = ["Proposal", "Question", "Recognised", "Sample", "propose", "recognise", "samples"]
