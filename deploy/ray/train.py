"""Trains a kgan recipe on a Ray cluster: Ray starts the workers and sets their TF_CONFIG.

python train.py dcgan_digits /shared/runs/dcgan_digits --workers 2 [--gpu] [--training.epochs 40]
"""

import argparse


def trained(settings):
    """What each worker runs."""
    from kgan.runs.config import read_recipe
    from kgan.runs.parse import parse
    from kgan.training import train

    config = parse(settings["options"], [read_recipe(settings["recipe"])])
    train(config, settings["folder"], distribute="multiworker")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe")
    parser.add_argument("folder", help="the run's folder, on a disk that all workers see")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gpu", action="store_true", help="a GPU for each worker")
    parsed, rest = parser.parse_known_args()

    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.tensorflow import TensorflowTrainer

    settings = {"recipe": parsed.recipe, "folder": parsed.folder, "options": rest}
    TensorflowTrainer(
        trained,
        train_loop_config=settings,
        scaling_config=ScalingConfig(num_workers=parsed.workers, use_gpu=parsed.gpu),
        # A worker that fails: all start again, and go on from the last checkpoint.
        run_config=RunConfig(failure_config=FailureConfig(max_failures=20)),
    ).fit()


if __name__ == "__main__":
    main()
