"""The illnesses that the doctor knows, for the help of `kgan doctor`: nothing is imported here."""

ILLNESSES = {
    "NaN risk": "numbers that are not finite, huge, or running away",
    "dead critic": "every sample has the same score",
    "critic saturation": "it tells all samples apart, and has nothing left to learn",
    "vanishing generator gradient": "smaller than what Adam can make a step of",
    "mode collapse": "samples all alike, or each with near twins",
    "mode dropping": "classes of the data that are not, or hardly, among the samples",
    "memorisation": "copies of training pictures",
}

_LIST = "\n".join(f"  {name:<30}{summary}" for name, summary in ILLNESSES.items())

HELP = f"""\
looks for:
{_LIST}

The run may be training: its newest checkpoint is read, and nothing is changed. Classes are read
where data have labels; copies are looked for among pictures, more sharply where data have a split
test. Findings are no errors: the exit code is 0 with and without.

examples:
  kgan doctor runs/dcgan_digits
  kgan doctor runs/dcgan_digits --samples 2000
"""
