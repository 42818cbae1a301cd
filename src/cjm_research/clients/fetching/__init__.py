"""`cjm fetch CLIENT`: the rows of a client's databases, read in one snapshot a database and frozen in the raw folder."""

from .fetch import Fetched, fetch_client

__all__ = ["Fetched", "fetch_client"]
