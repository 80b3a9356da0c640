"""`kgan compare`: trains recipes with several seeds and prints their scores side by side."""

import argparse

from kgan.cli.startup import quiet_start

PARSER = {
    "help": "train recipes with several seeds, and compare their scores",
    "description": "Trains each recipe with several seeds, scores every run as kgan evaluate does, "
    "and\nprints mean ± standard deviation over the seeds as a Markdown table.",
    "epilog": """\
Each recipe is one word with its options. Finished runs are not trained again, so that another
recipe, or more seeds, can be added later.

examples:
  kgan compare dcgan_digits vae_digits
  kgan compare dcgan_digits "dcgan_digits --model.width 16" --metrics fid recall
  kgan compare "dcgan_images --data ~/photos" "stylegan2 --data ~/photos" --seeds 2
""",
    "allow_abbrev": False,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("rows", metavar="RECIPE", nargs="+", help="a recipe and its options")
    parser.add_argument("--seeds", metavar="N", type=int, default=3, help="runs of each, ≥ 1 [3]")
    parser.add_argument(
        "--metrics", metavar="NAME", nargs="+", help="as for kgan evaluate [all that fit the data]"
    )
    parser.add_argument(
        "--samples", metavar="N", type=int, default=1000, help="to generate of each run [1000]"
    )
    parser.add_argument("--against", metavar="DATA", help="real data [each run's own]")
    parser.add_argument(
        "--out", metavar="DIR", default="runs/compare", help="folder of the runs [runs/compare]"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints the table."""
    with quiet_start():
        from kgan.evaluation import compare_recipes
    print(
        compare_recipes(
            arguments.rows,
            arguments.seeds,
            arguments.metrics,
            arguments.samples,
            arguments.against,
            arguments.out,
        )
    )
