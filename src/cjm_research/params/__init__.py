"""Params: what differs between clients, and where a client's folders are."""

from .load import check_client_name, client_names, json_schema, load_params, params_sha256, schema_text
from .schema import Params
from .workspace import Pin, Workspace, find_workspace

__all__ = ["Params", "Pin", "Workspace", "check_client_name", "client_names", "find_workspace", "json_schema", "load_params",
           "params_sha256", "schema_text"]
