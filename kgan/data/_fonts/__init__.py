"""The same characters in the hands of several fonts."""
