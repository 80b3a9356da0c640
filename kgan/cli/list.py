"""`kgan list`: names the recipes, the variants and the data sources."""

import argparse

PARSER = {"help": "recipes, variants and data sources"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds nothing: the command has no arguments."""


def run(arguments: argparse.Namespace) -> None:
    """Prints all names, each with a line on what it is."""
    from kgan.registry import MODELS, SOURCES
    from kgan.runs.config import list_recipes

    sections = {
        "Recipes (kgan train RECIPE)": list_recipes(),
        "Variants (--model.name)": {k: v.summary for k, v in MODELS.entries().items()},
        "Data sources (--data)": {k: v.summary for k, v in SOURCES.entries().items()},
    }
    for title, entries in sections.items():
        print(title)
        for name, summary in entries.items():
            print(f"  {name:<18} {summary}")
        print()
