"""The page's files: what is given out, with which headers, and what never is."""

import hashlib
import json
import re

import pytest

from kgan.cli import main
from kgan.errors import InputError
from kgan.serving import static_site, write_page
from tests.serving.servers import running

SECRETS = [
    "/artefacts/several/1/saved_model.pb",
    "/artefacts/several/1/assets.extra/manifest.json",
    "/artefacts/several/1",
    "/artefacts/several/",
    "/artefacts/several/README.md",
    "/artefacts/several/.hidden.tflite",
    "/artefacts/several/link.tflite",
    "/artefacts/aside/manifest.json",
    "/artefacts/.aside/manifest.json",
    "/artefacts/several/../../secret/manifest.json",
    "/artefacts/../secret/manifest.json",
    "/artefacts/%2e%2e/secret/manifest.json",
    "/artefacts/several/..%2f..%2fsecret%2fmanifest.json",
    "/artefacts/several/..\\..\\secret\\manifest.json",
    "/artefacts//etc/passwd",
    "/artefacts/several/manifest.json%00.tflite",
    "/artefacts/several/" + "a" * 5000 + ".tflite",
    "/../static_site.py",
    "/..%2fstatic_site.py",
    "/%2e%2e/%2e%2e/files.py",
    "/page/index.html",
    "//etc/passwd",
]


@pytest.fixture(scope="module")
def whole(several):
    """Beside the artefact what export writes, and what nobody is to see."""
    folder = several / "several"
    (folder / "manifest.json").write_text('{"version": 1, "sha256": {}}')
    for name in ("several.tflite", ".hidden.tflite", "README.md", "grid.png"):
        (folder / name).write_bytes(b"content")
    secret = several.parent / "secret"
    secret.mkdir()
    (secret / "manifest.json").write_text("secret")
    (folder / "link.tflite").symlink_to(secret / "manifest.json")
    for name in ("aside", ".aside"):
        (several / name).mkdir()
        (several / name / "manifest.json").write_text("secret")
    return several


@pytest.fixture(scope="module")
def server(whole):
    with running(whole) as server:
        yield server


def got(server, path, method="GET", **headers):
    """Returns `(status, headers, body)`, the path sent as it is."""
    connection = server.connect()
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/vendor/gifenc.js", "text/javascript; charset=utf-8"),
        ("/artefacts/index.json", "application/json"),
        ("/artefacts/several/manifest.json", "application/json"),
        ("/artefacts/several/several.tflite", "application/octet-stream"),
        ("/artefacts/several/grid.png", "image/png"),
    ],
)
def test_files_have_their_types_and_a_strict_policy(server, path, kind):
    status, headers, body = got(server, path)
    assert (status, headers["content-type"]) == (200, kind) and body
    assert headers["cache-control"] == "no-cache"
    assert headers["x-content-type-options"] == "nosniff"
    told = headers["content-security-policy"]
    assert "default-src 'none'" in told and "connect-src 'self';" in told
    assert "unsafe-inline" not in told and "'unsafe-eval'" not in told


@pytest.mark.parametrize("path", ["/", "/app.js", "/artefacts/several/several.tflite"])
def test_what_has_not_changed_is_not_sent_again(server, path):
    tag = got(server, path)[1]["etag"]
    status, headers, body = got(server, path, **{"If-None-Match": tag})
    assert (status, body) == (304, b"") and headers["etag"] == tag
    assert "content-security-policy" in headers
    assert got(server, path, **{"If-None-Match": '"other"'})[0] == 200


def test_the_index_names_what_is_served(server):
    assert json.loads(got(server, "/artefacts/index.json")[2]) == {
        "artefacts": [{"name": "several", "files": ["grid.png", "manifest.json", "several.tflite"]}]
    }


@pytest.mark.parametrize("path", SECRETS)
def test_nothing_else_is_given_out(server, path):
    status, headers, body = got(server, path)
    assert status == 404, body[:200]
    assert headers["content-type"] == "application/json"
    assert set(json.loads(body)) == {"error"}


@pytest.mark.parametrize("path", ["/", "/artefacts/index.json", "/artefacts/several/grid.png"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(server, path, method):
    assert got(server, path, method)[0] == 405


@pytest.mark.parametrize(
    "query, let",
    [
        (b"", ""),
        (b"server=http://gpu:8501", " http://gpu:8501"),
        (b"model=a&server=https%3A%2F%2Fx.y%2F", " https://x.y"),
        (b"server=http://[::1]:8501", " http://[::1]:8501"),
        (b"server=*", ""),
        (b"server=http://x;script-src%20*", ""),
        (b"server=http://x%20https:", ""),
        (b"server=http://x%0d%0aSet-Cookie:a", ""),
        (b"server=data:", ""),
        (b"server=\xff", ""),
    ],
)
def test_the_policy_lets_one_named_server_through_and_nothing_else(query, let):
    assert f"connect-src 'self'{let}; base-uri" in static_site.policy(query)
    assert static_site.policy(query).replace(let, "") == static_site.policy()


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere():
    html = (static_site.PAGE / "index.html").read_text()
    assert "<script>" not in html and "<style" not in html and " style=" not in html
    assert not re.search(r"\son\w+=", html)
    for file in static_site.PAGE.glob("*.*"):
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text and "https://" not in text, file


def test_the_vendored_library_is_the_one_of_npm():
    # gifenc 1.0.3, dist/gifenc.esm.js, as it is.
    file = (static_site.PAGE / "vendor" / "gifenc.js").read_bytes()
    digest = "217761244379253ba5815510d3048a4fb1f4c4dbe9fb51a5cfbfe26f34eec093"
    assert hashlib.sha256(file).hexdigest() == digest
    assert "MIT License" in (static_site.PAGE / "vendor" / "gifenc.LICENSE").read_text()


def test_the_page_is_written_for_another_server(whole, tmp_path):
    site = write_page(whole, tmp_path / "site")
    index = json.loads((site / "artefacts" / "index.json").read_text())
    assert [item["name"] for item in index["artefacts"]] == ["several"]
    assert (site / "index.html").read_bytes() == (static_site.PAGE / "index.html").read_bytes()
    assert (site / "vendor" / "gifenc.js").is_file()
    made = sorted(path.name for path in (site / "artefacts" / "several").iterdir())
    assert made == ["grid.png", "manifest.json", "several.tflite"]
    (site / "artefacts" / "several" / "old.tflite").touch()
    write_page(whole, site)  # again: what is no longer there goes
    assert not (site / "artefacts" / "several" / "old.tflite").exists()
    for name in ("CNAME", "artefacts/several/notes.txt"):
        (site / name).touch()
        with pytest.raises(InputError, match=f"which also holds {name}"):
            write_page(whole, site)  # of somebody else: nothing is deleted
        (site / name).unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_command_writes_it_too(whole, tmp_path, capsys):
    assert main(["serve", str(whole), "--static", str(tmp_path / "site")]) == 0
    assert capsys.readouterr().out == f"The page: {tmp_path / 'site'}\n"
    assert (tmp_path / "site" / "app.js").is_file()


def test_other_folders_are_left_alone(whole, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="holds something else"):
        write_page(whole, tmp_path / "mine")
    with pytest.raises(InputError, match="Expected a folder of artefacts"):
        write_page(tmp_path / "mine", tmp_path / "site")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
