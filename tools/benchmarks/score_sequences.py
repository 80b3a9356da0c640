"""How likely, or how often valid, are generated sequences? Runs on oracle or grammar.

On `oracle`: the mean −log p a token of generated sequences by the oracle that made the data, less
that of fresh sequences of its own (its entropy). Copies of the data would have an excess of 0, so
the shares of sequences that are in the data, and of different ones, are printed too. On `grammar`:
the share of texts that are expressions. A run of seqgan keeps no weights of its likelihood phase:
train language_model with the same options to compare.
"""

import argparse
import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kgan.data import Oracle, are_expressions
from kgan.errors import InputError
from kgan.runs import load_run
from kgan.runs.build import open_data


def score_by_oracle(tokens, options):
    """Returns the oracle's figures for tokens, on a source's options."""
    oracle = Oracle(options["vocabulary"], seed=options["oracle_seed"])
    entropy = oracle.entropy(len(tokens), options["length"])
    likelihood = oracle.negative_log_likelihood(tokens)
    return {
        "oracle_nats_a_token": round(likelihood, 4),
        "entropy_of_the_oracle": round(entropy, 4),
        "excess": round(likelihood - entropy, 4),
    }


def score(run, count):
    """Returns the figures of a run, of seeds 0, 1, …, count − 1."""
    gan, config = load_run(run)
    source = config.data["source"]
    if source not in ("oracle", "grammar"):
        raise InputError(f"Expected a run on oracle or grammar. Received: {run}, on {source}.")
    tokens = gan.sample(range(count))
    known = {row.tobytes() for row in open_data(config).arrays()["tokens"]}
    rows = [row.tobytes() for row in tokens]
    figures = (
        score_by_oracle(tokens, config.data)
        if source == "oracle"
        else {"valid": round(float(are_expressions(tokens).mean()), 4)}
    )
    return {
        "run": str(run),
        "variant": config.model["name"],
        "rounds": int(gan.step),
        "samples": count,
        **figures,
        "different": round(len(set(rows)) / count, 4),
        "in_the_data": round(float(np.mean([row in known for row in rows])), 4),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", help="folders of runs on oracle or grammar")
    parser.add_argument("--count", type=int, default=10_000, help="sequences of each [10000]")
    parsed = parser.parse_args()
    for run in parsed.runs:
        print(json.dumps(score(run, parsed.count), indent=2), flush=True)


if __name__ == "__main__":
    main()
