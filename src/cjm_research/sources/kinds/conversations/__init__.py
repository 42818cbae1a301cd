"""Conversations as data: chats, support conversations and transcripts in which each message is a row or an object."""

from __future__ import annotations

from .source import KIND

__all__ = ["KIND"]
