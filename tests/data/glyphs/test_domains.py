"""The same characters in each domain, in the same order."""

import numpy as np
import pytest

import kgan.data
from kgan.data._glyphs.domains import glyph_domains
from kgan.errors import InputError


def test_each_domain_holds_the_same_characters_in_other_pictures():
    source = glyph_domains(variants=2, split="test")
    assert source.names["domain"][:2] == ("DejaVuSans", "DejaVuSans-BoldOblique")
    whole = source.arrays()
    domains = len(source.names["domain"])
    assert domains == 5 and source.count % (2 * domains) == 0 and source.count > 600
    labels = whole["label"].reshape(domains, -1)
    assert (labels == labels[0]).all() and len(set(labels[0])) * 2 == labels.shape[1]
    np.testing.assert_array_equal(whole["domain"].reshape(domains, -1)[:, 0], range(domains))
    images = whole["image"].reshape(domains, labels.shape[1], -1).astype(float)
    for one in range(domains):
        for other in range(one):
            # Clearly different: no character looks the same, most differ much.
            distance = np.sqrt(((images[one] - images[other]) ** 2).mean(axis=1)) / 255
            assert distance.min() > 0.0 and np.median(distance) > 0.1


def test_train_and_test_share_no_character():
    train, test = (glyph_domains(split=split) for split in ("train", "test"))
    seen, held = (set(source.arrays()["label"]) for source in (train, test))
    assert train.classes == test.classes and not seen & held
    assert seen | held == set(range(len(train.classes)))


def test_fonts_characters_and_dataset():
    source = glyph_domains(("cmr10", "cmtt10"), "digits", 16, 3)
    assert source.count == 16 and source.names == {"domain": ("cmr10", "cmtt10")}
    batch = next(iter(kgan.data.glyph_domains(("cmr10", "cmtt10"), "digits").dataset(16)))
    assert sorted(batch["domain"].numpy()) == [0] * 8 + [1] * 8
    assert batch["image"].shape == (16, 32, 32, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fonts": ("DejaVuSans",)}, r"at least 2 fonts.*Received: fonts=\['DejaVuSans'\]"),
        ({"fonts": ("DejaVuSans",) * 2}, "at least 2 fonts, each once"),
        ({"fonts": ("DejaVuSans", "Arial")}, "Received: 'Arial'"),
        ({"channels": 4}, "Received: channels=4"),
        ({"split": "val"}, "Unknown split. Received: 'val'"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(InputError, match=message):
        glyph_domains(**options)
