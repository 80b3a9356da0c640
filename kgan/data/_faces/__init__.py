"""Drawn faces, every attribute of which is known."""
