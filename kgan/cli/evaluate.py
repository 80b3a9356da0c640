"""`kgan evaluate`: scores a run, an artefact or a folder of pictures."""

import argparse

from kgan.cli.options import check_data_options
from kgan.cli.startup import quiet_start

# The names are those of `kgan.metrics.card.METRICS` and `kgan.metrics._open.KINDS`, which would
# have to be imported.
_HELP = """\
Real samples are the data's split test where there is one, and copies are looked for in train.

metrics:
  fid kid is            Fréchet and kernel distance, classifier score: FID, KID and Inception
                        Score on the Inception graph of 2015, under no such name elsewhere
  precision recall      is it like the data; is it all of the data
  density coverage      the same, counted by neighbours
  swd                   sliced Wasserstein distance
  classes kl            classes found, and how far their shares are from the data's
  conditional_accuracy intra_fid intra_recall variety
                        is a sample of the class given, as the classifier below reads it; the
                        distance and recall within classes; how much samples of one class differ
  l1 rmse psnr ssim sharpness delta_e colorfulness
                        of a translator: how near to the pictures they should be, how sharp, and
                        how far in colour (CIEDE2000)
  spectrum_distance envelope_distance
                        of signals: frequencies and loudness in time
  peak_rate_distance peak_shape_ratio
                        how often a peak comes, a heart's beat say, and what its mean is like
  ct authenticity copies
                        does it repeat its training set
  modes high_quality_rate
                        points of ring and grid: modes found, samples on one
  valid own_entropy ngram_overlap forward_perplexity reverse_perplexity
                        of a run that writes texts: docs/text.md
  style_read exact_copy exact_transfer word_accuracy
                        of one that writes them in another style
Settings are part of a name, and must then be those of this evaluation:
  fid/inception-2015/50000/clean

extractors:
  classifier            a small network that learns the data's labels once; the default for digits,
                        glyphs and signals with labels
  efficientnet-lite0    a network that knows photographs, from a package; the default for others
  raw                   the pixels or points themselves; the default for points
  inception             the 2015 graph that FID is defined on; inception:URL-or-PATH
  keras-inception       Keras' InceptionV3, which gives no FID; keras-inception:WEIGHTS
  saved:PATH            a .keras file or a SavedModel of yours

examples:
  kgan evaluate runs/dcgan_digits
  kgan evaluate runs/dcgan_digits --metrics fid recall --samples 2000 --repeats 5
  kgan evaluate saved_models/digits --against digits --out digits_scores
  kgan evaluate ~/generated --against ~/photos --extractor inception
  kgan evaluate ~/generated --against ~/photos --data.labels true
"""

PARSER = {
    "help": "score a run, an artefact or a folder of pictures",
    "usage": "kgan evaluate RUN|ARTEFACT|FOLDER [--against DATA] [--metrics NAME …] "
    "[--samples N]\n                     [--repeats R] [--extractor NAME] [--sha256 HEX] "
    "[--resize NAME]\n                     [--out DIR] [--data.OPTION VALUE …]",
    "description": "Writes card.json and report.html: scores with spread, ideal and "
    "bias, and\npictures of what they hide.",
    "epilog": _HELP,
    "allow_abbrev": False,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.set_defaults(options=[])
    parser.add_argument("what", metavar="WHAT", help="a run, an artefact, or pictures")
    parser.add_argument(
        "--against", metavar="DATA", help="real data: a source, a folder, tfds:NAME [the run's own]"
    )
    parser.add_argument(
        "--metrics", metavar="NAME", nargs="+", help="e.g. fid kid [all that fit the data]"
    )
    parser.add_argument(
        "--samples", metavar="N", type=int, help="to generate, ≥ 2 [as many as real, ≤ 10000]"
    )
    parser.add_argument(
        "--repeats", metavar="R", type=int, help="with fresh seeds, for the spread [3; a folder: 1]"
    )
    parser.add_argument(
        "--extractor", metavar="NAME", help="what makes the features [by the data, see below]"
    )
    parser.add_argument(
        "--sha256", metavar="HEX", help="what the extractor's file must have [not checked]"
    )
    parser.add_argument(
        "--resize", metavar="NAME", default="clean", help="of pictures: clean or tf1 [clean]"
    )
    parser.add_argument(
        "--out", metavar="DIR", help="folder of the results [RUN/evaluation, or evaluation]"
    )


def run(arguments: argparse.Namespace) -> None:
    """Prints the scores, and writes them with a report."""
    check_data_options(arguments.options, "evaluate", "one run, artefact or folder")
    with quiet_start():
        from kgan.evaluation import evaluate
    card, paths = evaluate(
        arguments.what,
        arguments.against,
        arguments.metrics,
        arguments.samples,
        arguments.repeats,
        arguments.extractor,
        arguments.resize,
        arguments.out,
        arguments.options,
        arguments.sha256,
    )
    print(card)
    print(f"Wrote {', '.join(map(str, paths))}")
