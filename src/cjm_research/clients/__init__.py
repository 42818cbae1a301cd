"""Clients as a whole: make a new one, check one, list them, export what was published."""

from .check import CheckReport, check_client, check_clients
from .export import CODING_FORMATS, DATA_FORMATS, export_client, folder_sha256
from .listed import list_clients
from .new import new_client

__all__ = ["CODING_FORMATS", "DATA_FORMATS", "CheckReport", "check_client", "check_clients", "export_client", "folder_sha256", "list_clients", "new_client"]
