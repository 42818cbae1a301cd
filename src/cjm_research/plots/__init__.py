"""Charts: a result in, a `Chart` out. Nothing here computes a number."""
