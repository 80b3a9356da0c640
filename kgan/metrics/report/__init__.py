"""A card of scores with pictures, as one page."""
