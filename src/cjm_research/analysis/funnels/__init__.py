"""Funnels: how many get through which steps, by which rule, how fast, who is still on the way, where the others go.

    funnel(study, "purchase")                       as in params
    funnel(study, "purchase", window="3d")          what if
    funnel_by(study, "purchase", personas["members"])
    funnels(study)                                  all of them

docs/methods/funnels.md states the rule and how other tools differ.
"""

from .answer import funnel, funnel_by, funnels

__all__ = ["funnel", "funnel_by", "funnels"]
