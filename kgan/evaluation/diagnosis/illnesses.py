"""The illnesses that the doctor knows. Nothing is imported here: `kgan --help` reads them."""

ILLNESSES = {
    "NaN risk": "numbers that are not finite, huge, or running away",
    "dead critic": "every sample has the same score",
    "critic saturation": "it tells all samples apart, and has nothing left to learn",
    "vanishing generator gradient": "smaller than what Adam can make a step of",
    "mode collapse": "samples all alike, or each with near twins",
    "mode dropping": "classes of the data that are not, or hardly, among the samples",
    "memorisation": "copies of training pictures",
}
