"""Emoji drawn from colour fonts."""
