"""Params: what differs between clients, and where a client's folders are."""

from .load import client_names, json_schema, load_params, params_sha256, schema_text, with_sections
from .schema import Params
from .workspace import Pin, Workspace, check_client_name, find_workspace, is_client_name

__all__ = ["Params", "Pin", "Workspace", "check_client_name", "client_names", "find_workspace", "is_client_name", "json_schema", "load_params",
           "params_sha256", "schema_text", "with_sections"]
