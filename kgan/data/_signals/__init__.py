"""Signals: windows of recordings, hearts, spoken digits."""
