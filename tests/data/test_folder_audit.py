"""The report on a folder whose contents are known."""

import numpy as np
from PIL import Image

from kgan.data._folder_audit import audit_folder


def noise(number, *shape):
    values = np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(values)


def test_report(tmp_path):
    noise(0, 64, 64, 3).save(tmp_path / "a.png")
    noise(0, 64, 64, 3).save(tmp_path / "a_again.bmp")  # the same pixels in other bytes
    noise(1, 40, 200).save(tmp_path / "banner.png")
    noise(2, 8, 8, 4).save(tmp_path / "tiny.png")
    Image.new("CMYK", (64, 64)).save(tmp_path / "print.jpg")
    Image.fromarray(np.zeros([64, 64], np.uint16)).save(tmp_path / "deep.png")
    frames = [noise(number, 64, 64, 3) for number in (3, 4)]
    frames[0].save(tmp_path / "film.gif", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(5, 64, 130, 3).save(tmp_path / "turned.jpg", exif=exif)
    (tmp_path / "broken.png").write_bytes(b"")
    (tmp_path / "readme.txt").touch()

    report = audit_folder(str(tmp_path))

    assert report.readable == 8
    assert report.unreadable == {"broken.png": "empty file"}
    assert report.duplicates == (("a.png", "a_again.bmp"),)
    assert report.sizes == {8: 1, 32: 1, 64: 6}
    assert report.channels == {1: 2, 3: 5, 4: 1}
    assert report.ignored == {".txt": 1}
    odd = {what.split(",")[0]: names for what, names in report.odd.items()}
    assert odd == {
        "CMYK": ("print.jpg",),
        "more than 8 bits a channel": ("deep.png",),
        "animated": ("film.gif",),
        "turned upright by their EXIF orientation": ("turned.jpg",),
        "one side over 3 times the other": ("banner.png",),
        "short side under 32 pixels": ("tiny.png",),
    }
    text = str(report)
    assert "8 of 9 pictures are readable" in text
    assert "  broken.png (empty file)" in text and "  a.png = a_again.bmp" in text
    assert "64-127" in text and "1 .txt" in text


def fill(folder, *shapes):
    folder.mkdir(parents=True, exist_ok=True)
    for number, shape in enumerate(shapes):
        noise(number, *shape).save(folder / f"{number}.png")


def test_it_says_what_training_will_ask_for(tmp_path):
    fill(tmp_path / "cats", (40, 40, 3), (40, 40))
    fill(tmp_path / "dogs", (40, 40, 3))
    assert audit_folder(tmp_path).hints == (
        "Grey and colour are mixed: all are read as colour; --data.channels 1 makes all grey.",
        "Fewer than 64 pictures: training asks for --training.batch_size 3.",
        "Subfolders are 2 classes with --data.labels true, of one picture only: dogs.",
    )
    assert str(audit_folder(tmp_path)).endswith(audit_folder(tmp_path).hints[-1])
    fill(tmp_path, (40, 40, 3))
    assert audit_folder(tmp_path).hints[-1].startswith("Some pictures lie in no subfolder")
    fill(tmp_path / "all", *[(40, 40, 3)] * 64)
    assert audit_folder(tmp_path / "all").hints == ()
    fill(tmp_path / "all" / "clear", (40, 40, 4))
    (line,) = audit_folder(tmp_path / "all").hints
    assert line == "1 with transparency: --data.channels 4 keeps it, 3 lays them over white."
