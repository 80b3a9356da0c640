"""Images per second of one train step, beside hand-written ones and PyTorch's.

Without arguments: every variant's `fit` beside a loop over a hand-written tf.function of the same
round. With --dcgan64: the DCGAN round at 64×64×3, batch 32, beside the Keras tutorial's step with
two generator passes, bfloat16, and PyTorch's official step where torch is installed.

Contestants are processes that take turns, so that a machine that slows down slows all of them;
quote the ratios, medians over turns. Each turn's rate and their median are printed too.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from kgan.system import count_cores


def hand_written(gan, two_passes=False):
    """Returns the round of a two-player GAN as one would write it by hand, without the base.

    Args:
        gan: a compiled GAN with one critic move and no regularizers; its networks, pair and
            optimizers are used.
        two_passes: generate afresh for the generator's move, as the Keras tutorials do.
    """
    import tensorflow as tf

    generator, critic, pair = gan.generator, gan.discriminator, gan.adversarial
    generator_weights = [v.value for v in generator.trainable_variables]
    critic_weights = [v.value for v in critic.trainable_variables]
    optimizers = gan.optimizers

    @tf.function
    def step(batch):
        real = tf.cast(batch["image"], tf.float32) / 127.5 - 1.0
        count = real.shape[0]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(generator_weights)
            fake = generator(tf.random.normal((count, gan.latent_size)), training=True)
        with tf.GradientTape(watch_accessed_variables=False) as critic_tape:
            critic_tape.watch(critic_weights)
            critic_loss = pair.discriminator(
                critic(real, training=True), critic(tf.stop_gradient(fake), training=True)
            )
        gradients = critic_tape.gradient(critic_loss, critic_weights)
        optimizers["discriminator"].apply(gradients, critic.trainable_variables)
        if two_passes:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(generator_weights)
                fake = generator(tf.random.normal((count, gan.latent_size)), training=True)
                loss = pair.generator(None, critic(fake, training=True))
        else:
            with tape:
                loss = pair.generator(None, critic(fake, training=True))
        gradients = tape.gradient(loss, generator_weights)
        optimizers["generator"].apply(gradients, generator.trainable_variables)
        return critic_loss, loss

    return step


def build(variant, options):
    import keras

    from kgan.registry import MODELS

    keras.mixed_precision.set_global_policy(options.pop("precision", "float32"))
    cls = MODELS.get(variant)
    gan = cls(**options) if options else cls.example()
    gan.compile()
    return gan


def contestant(kind, variant, options, batch_size):
    """Returns `play`: play(n) runs n steps and returns their seconds."""
    if kind == "pytorch":
        from torch_step import official_dcgan

        return official_dcgan(batch_size)
    import numpy as np
    import tensorflow as tf

    from kgan.data import arrays

    gan = build(variant, dict(options))
    shape = (batch_size * 8, *gan.image_shape)
    images = np.random.default_rng(0).integers(0, 256, shape).astype("uint8")
    data = arrays(images).stream(batch_size, seed=0)

    def fit(steps):
        start = time.perf_counter()
        gan.fit(data, steps_per_epoch=steps, epochs=1, shuffle=False, verbose=0)
        return time.perf_counter() - start

    if kind == "fit":
        return fit
    if kind == "step":
        step = tf.function(gan.train_step)
    else:
        step = hand_written(gan, two_passes=kind == "two_passes_step")
    # A loop reads its batches from the data, as fit does; a bare step gets the same one each time.
    batches = iter(data) if kind == "hand_written_loop" else itertools.repeat(next(iter(data)))

    def play(steps):
        start = time.perf_counter()
        for batch in itertools.islice(batches, steps):
            losses = step(batch)
        float(tf.nest.flatten(losses)[0])
        return time.perf_counter() - start

    return play


def serve():
    """Plays as many steps as each line of standard input says; answers with the seconds."""
    job = json.loads(sys.stdin.readline())
    play = contestant(**job)
    play(3)
    print("ready", flush=True)
    for line in sys.stdin:
        print(play(int(line)), flush=True)


def race(jobs, steps, turns, batch_size):
    """Returns `{name: {"images_per_second": median, "turns": [...]}}`, or an error a name."""
    players, rates = {}, {name: [] for name in jobs}
    for name, job in jobs.items():
        process = subprocess.Popen(
            [job.pop("python", sys.executable), __file__, "--serve"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        process.stdin.write(json.dumps({**job, "batch_size": batch_size}) + "\n")
        process.stdin.flush()
        if process.stdout.readline().strip() == "ready":
            players[name] = process
        else:
            rates[name] = process.communicate()[1].strip().splitlines()[-1]
    for _ in range(turns):
        for name, process in players.items():
            process.stdin.write(f"{steps}\n")
            process.stdin.flush()
            rates[name].append(round(steps * batch_size / float(process.stdout.readline()), 1))
    for process in players.values():
        process.communicate()
    return {
        name: {"images_per_second": round(statistics.median(turns), 1), "turns": turns}
        if isinstance(turns, list)
        else {"images_per_second": None, "reason": turns}
        for name, turns in rates.items()
    }


def _ratio(report, first, second):
    """Returns the median over turns of first/second: what slows a turn down slows both."""
    turns = [report[name].get("turns") for name in (first, second)]
    if None in turns:
        return None
    return round(statistics.median(a / b for a, b in zip(*turns, strict=True)), 3)


def variants(arguments):
    """Each variant's tiny example would time Python; they are timed on 32×32 images."""
    from kgan.registry import MODELS

    report = {}
    for variant in MODELS.entries():
        cls = MODELS.get(variant)
        # The loop below is written for one critic move without regularizers: beside another round
        # it would be a comparison of different work.
        simple = cls.discriminator_steps == 1 and not cls.regularizers
        simple = simple and not cls.adversarial.generator_sees_real
        options = {"image_shape": (32, 32, 1)}
        jobs = {
            kind: {"kind": kind, "variant": variant, "options": options}
            for kind in (("fit", "hand_written_loop") if simple else ("fit",))
        }
        result = race(jobs, arguments.steps, arguments.turns, 64)
        ratio = _ratio(result, "fit", "hand_written_loop") if simple else None
        report[variant] = {**result, "fit_of_hand_written_loop": ratio}
    return report


def dcgan64(arguments):
    options = {"image_shape": (64, 64, 3), "latent_size": 100, "width": arguments.width}
    jobs = {
        "fit": ("fit", {}),
        "hand_written_loop": ("hand_written_loop", {}),
        "step": ("step", {}),
        "two_passes_step": ("two_passes_step", {}),
        "bfloat16_step": ("step", {"precision": "mixed_bfloat16"}),
        "pytorch_step": ("pytorch", {}),
    }
    jobs = {
        name: {"kind": kind, "variant": "dcgan", "options": {**options, **more}}
        for name, (kind, more) in jobs.items()
    }
    jobs["pytorch_step"]["python"] = arguments.torch_python
    report = race(jobs, arguments.steps, arguments.turns, 32)
    pairs = [("fit", "hand_written_loop"), ("bfloat16_step", "step")]
    pairs += [("step", "two_passes_step"), ("step", "pytorch_step")]
    report["ratios"] = {f"{a} of {b}": _ratio(report, a, b) for a, b in pairs}
    return report


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dcgan64", action="store_true", help="the DCGAN 64×64×3 comparison")
    parser.add_argument("--width", type=int, default=64, help="DCGAN's width; the paper's is 128")
    parser.add_argument("--steps", type=int, default=10, help="steps a turn [10]")
    parser.add_argument("--turns", type=int, default=5, help="turns of each contestant [5]")
    parser.add_argument(
        "--torch-python", default=sys.executable, help="an interpreter that has PyTorch"
    )
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    report = dcgan64(arguments) if arguments.dcgan64 else variants(arguments)
    print(json.dumps({"cores": count_cores(), **report}, indent=2))


if __name__ == "__main__":
    main()
