"""Drawings of the theory, one file per subject; `kgan.theory.topics.draw` calls them by name.

Each function is `(folder) -> figures.Drawing`; matplotlib is imported when one is called.
"""
