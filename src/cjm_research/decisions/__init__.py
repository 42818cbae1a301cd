"""What the first page says: the client's questions and the findings of a run in, decisions out.

`compose(findings, params)` reads typed findings (lane, label, subject), never their sentences, and invents nothing: where no two
sources and no test speak, there is no first step, and a question that the data cannot answer says so and what would be needed.
"""

from .compose import compose
from .model import Answer, Certainty, Decisions, Moved, Reason, Step
from .moved import since

__all__ = ["Answer", "Certainty", "Decisions", "Moved", "Reason", "Step", "compose", "since"]
