"""Pictures of the theory, one file a subject; `kgan.theory.topics.draw` finds them by name.

Each function is `(folder) -> canvas.Drawing`; matplotlib is imported when one is called.
"""
