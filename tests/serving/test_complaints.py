"""What a client may cause a thousand times is told once a minute."""

from kgan.serving.complaints import Complaints


def test_one_line_of_a_kind_a_minute():
    lines, now = [], [0.0]
    complaints = Complaints(lines.append, 60.0, lambda: now[0])
    for second in range(100):
        now[0] = float(second)
        complaints.tell("accept", "No more files.")
    complaints.tell("other", "Another kind.")
    assert lines == [
        "No more files.",
        "No more files. (59 more since the last such line)",
        "Another kind.",
    ]
