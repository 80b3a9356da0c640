"""An artefact on disk: its files, whether its graph may be run, its warm-up requests."""
