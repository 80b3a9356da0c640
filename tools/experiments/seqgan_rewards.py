"""What does SeqGAN owe to its critic? Rewards by the critic, by chance, by the oracle itself.

The score of the task is the oracle's −log p a token of generated sequences, less the oracle's
entropy. A generator that only becomes more confident lowers it too, so its own entropy and its
−log p of held-out sequences are printed beside it.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from kgan.data import Oracle, open_source
from kgan.models.language_model import language_model_of
from kgan.models.seqgan import SeqGAN
from kgan.runs.build import schedule_rate

ORACLE = Oracle()
SAMPLES = 4000


class PaidAtRandom(SeqGAN):
    """Rewards are random numbers: whatever is learnt then, the critic did not teach."""

    def rewards(self, tokens, rng):
        return rng.purpose("rollouts").normal((tf.shape(tokens)[0], self.length + 1))


class PaidByTheOracle(SeqGAN):
    """The oracle takes the critic's place, with its mean log p: the best possible critic."""

    def judge(self, tokens):
        def score(tokens):
            return ORACLE.log_probabilities(tokens).mean(axis=1, keepdims=True).astype(np.float32)

        return tf.ensure_shape(tf.numpy_function(score, [tokens], tf.float32), (None, 1))


class Scores(keras.callbacks.Callback):
    """Scores the generator at the start of the game, and after every quarter of it."""

    def __init__(self, rounds, held_out):
        super().__init__()
        self.every, self.held_out, self.rows = max(rounds // 4, 1), held_out, []

    def on_train_batch_end(self, batch, logs=None):
        gan = self.model
        played = gan.rounds - gan.game_start
        if played < 0 or played % self.every:
            return
        tokens, model = gan.sample(range(SAMPLES)), language_model_of(gan.sampling_generator)
        likelihood = ORACLE.negative_log_likelihood(tokens)
        own, held = (
            -np.mean([model.log_probabilities(part) for part in np.split(rows, 8)])
            for rows in (tokens, self.held_out)
        )
        self.rows.append((played, likelihood - ORACLE.entropy(SAMPLES), own, held))


def build_optimizers(gan, steps):
    """Returns the optimizers of `training.schedule: linear`."""
    optimizers = gan.default_optimizers()
    for player in gan.players():
        config = optimizers[player.name].get_config()
        config["learning_rate"] = schedule_rate("linear", config["learning_rate"], steps, player)
        optimizers[player.name] = type(optimizers[player.name]).from_config(config)
    return optimizers


PAYERS = {"critic": SeqGAN, "chance": PaidAtRandom, "oracle": PaidByTheOracle}


def play(payer, seed, likelihood, rounds, data, held_out):
    """Returns rows of rounds, excess, own entropy and held-out −log p."""
    gan = PAYERS[payer](pretraining_steps=likelihood, rollouts=4, seed=seed)
    steps = gan.game_start + rounds
    gan.compile(build_optimizers(gan, steps))
    scores = Scores(rounds, held_out)
    gan.fit(data.repeat(), steps_per_epoch=steps, epochs=1, verbose=0, callbacks=[scores])
    return scores.rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="of each [3]")
    parser.add_argument("--rounds", type=int, default=40, help="of the game [40]")
    parser.add_argument("--likelihood", type=int, default=624, help="rounds before it [624]")
    parser.add_argument("--payers", nargs="+", choices=PAYERS, default=PAYERS, help="[all]")
    parsed = parser.parse_args()
    held_out = ORACLE.sample(SAMPLES, seed=99)
    print("| paid by | rounds of the game | excess | own entropy | −log p of held-out |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for payer in parsed.payers:
        runs = []
        for seed in range(parsed.seeds):
            data = open_source("oracle").dataset(batch_size=64, seed=seed)
            runs.append(play(payer, seed, parsed.likelihood, parsed.rounds, data, held_out))
        for rows in zip(*runs, strict=True):
            mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=int(parsed.seeds > 1))
            cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(mean[1:], spread[1:], strict=True)]
            print(f"| {payer} | {int(mean[0])} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
