"""Letters and digits drawn from fonts."""
