"""attachments/: files by content, names as labels, downloads that never run (F-122, F-123, F-124)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from messaging import files
from messaging.models import Attachment
from tests.factories import make_agent, make_attachment, make_conversation, make_message, make_team

ATTACHMENTS = "/api/v1/attachments/"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def upload(client, content, name="file.bin", content_type="application/octet-stream"):
    file = SimpleUploadedFile(name, content, content_type=content_type)
    return client.post(ATTACHMENTS, {"file": file}, format="multipart")


def test_what_was_uploaded_comes_back_as_it_was(agent):
    made = upload(agent, PNG, "photo.png", "text/html")
    assert made.status_code == 201
    body = made.json()
    assert (body["name"], body["type"], body["mime"]) == ("photo.png", "image", "image/png")
    assert body["size"] == len(PNG)
    got = agent.get(f"{ATTACHMENTS}{body['id']}/")
    assert b"".join(got.streaming_content) == PNG
    assert got.headers["Content-Type"] == "image/png"
    assert got.headers["Content-Length"] == str(len(PNG))


@pytest.mark.parametrize("accept", ["application/json", "image/*", "text/html", "*/*"])
def test_f123_a_download_is_saved_never_shown(agent, accept):
    page = b"<html><script>alert(1)</script></html>"
    made = upload(agent, page, "page.html", "text/html").json()
    assert made["type"] == "document"
    got = agent.get(f"{ATTACHMENTS}{made['id']}/", HTTP_ACCEPT=accept)
    assert got.status_code == 200
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert "private" in got.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("x" * 5000 + ".pdf", "x" * 146 + ".pdf"),
        ("...", "file"),
        ("", "file"),
        ("ação.pdf", "ação.pdf"),
        ("a\x00b.txt", "ab.txt"),
    ],
)
def test_f124_a_name_is_only_a_label(name, shown):
    assert files.clean_name(name) == shown


def test_f124_the_place_on_disk_is_our_own(agent, tmp_path):
    made = upload(agent, b"hello", "../../evil\u202e.txt").json()
    row = Attachment.objects.get(pk=made["id"])
    assert row.pk.hex in row.file.name
    assert "evil" not in row.file.name
    got = agent.get(f"{ATTACHMENTS}{made['id']}/")
    assert "\n" not in got.headers["Content-Disposition"]
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [row.pk.hex]


@given(st.text(max_size=400))
def test_f124_any_name_becomes_a_safe_label(name):
    label = files.clean_name(name)
    assert 0 < len(label) <= files.NAME_LENGTH
    assert label.isprintable()
    assert "/" not in label
    assert "\\" not in label


@given(st.binary(max_size=64))
def test_f122_any_bytes_have_a_type(head):
    assert files.kind_of(files.sniff(head)) in {"image", "audio", "video", "document"}


@pytest.mark.parametrize(
    ("head", "mime", "kind"),
    [
        (PNG, "image/png", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/jpeg", "image"),
        (b"GIF89a\x01\x00\x01\x00", "image/gif", "image"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf", "document"),
        (b"just words", "text/plain", "document"),
        (b"a", "text/plain", "document"),
        (b"\x00\x01\x02\x03\x04\x05\x06", files.UNKNOWN, "document"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', None, "document"),
    ],
)
def test_f122_the_type_comes_from_the_content(head, mime, kind):
    found = files.sniff(head)
    assert mime is None or found == mime
    assert files.kind_of(found) == kind


def test_an_empty_a_missing_or_a_too_large_file_is_refused(agent):
    assert upload(agent, b"").status_code == 400
    nothing = agent.post(ATTACHMENTS, {"other": "x"}, format="multipart")
    assert set(nothing.json()["fields"]) == {"file"}
    text = agent.post(ATTACHMENTS, {"file": "x"}, format="multipart")
    assert text.status_code == 400
    large = upload(agent, b"x" * 20_000_001)
    assert large.status_code in (400, 413)
    announced = agent.generic(
        "POST", ATTACHMENTS, b"", content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH="30000000",
    )  # fmt: skip
    assert announced.status_code == 413
    assert not Attachment.objects.exists()


def test_20_mb_are_taken(agent):
    assert upload(agent, b"x" * 20_000_000).status_code == 201


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"{}", "application/json", 415),
        (b"x", "multipart/form-data", 400),
        (b"--b\r\nbroken", "multipart/form-data; boundary=b", 400),
        (b"", "multipart/form-data; boundary=b", 400),
        (b"x=1", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_broken_form_is_refused(agent, body, content_type, code):
    answer = agent.generic("POST", ATTACHMENTS, body, content_type=content_type)
    assert answer.status_code == code
    assert {"detail", "code", "request_id"} <= set(answer.json())


def test_f101_files_of_conversations_i_do_not_see_do_not_exist(agent, supervisor, bob, api):
    foreign = make_attachment(make_message(make_conversation(team=make_team(), owner="queue")))
    mine = upload(agent, b"hello").json()["id"]
    assert agent.get(f"{ATTACHMENTS}{foreign.pk}/").status_code == 404
    assert supervisor.get(f"{ATTACHMENTS}{foreign.pk}/").status_code == 200
    assert api(make_agent()).get(f"{ATTACHMENTS}{mine}/").status_code == 404


def test_what_has_no_file_shows_its_description(agent):
    place = make_attachment(
        make_message(), type="location", name="", mime="", size=None, data={"latitude": 1.5}
    )
    body = agent.get(f"{ATTACHMENTS}{place.pk}/").json()
    assert (body["type"], body["data"]) == ("location", {"latitude": 1.5})
