"""A card of scores with pictures, as one HTML page."""
