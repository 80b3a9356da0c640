"""What an artefact is on disk, and whether its graph may be run."""
