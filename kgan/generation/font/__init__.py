"""A font that can be installed, from the pictures that a run makes of characters."""
