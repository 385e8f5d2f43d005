"""Files that agents upload to send with a message."""

from django.core.files.uploadedfile import UploadedFile

from messaging import files
from messaging.models import Agent, Attachment
from messaging.services.errors import Invalid

MAX_SIZE = 20_000_000  # bytes


def store(*, upload: "UploadedFile[bytes]", by: Agent) -> Attachment:
    """Keep a file until a message takes it. Its type comes from its content, its place from our own id.

    Raises Invalid for an empty or too large file.
    """
    if not upload.size:
        raise Invalid({"file": "The file is empty."})
    if upload.size > MAX_SIZE:
        raise Invalid({"file": f"At most {MAX_SIZE} bytes."})
    mime = files.sniff(files.head_of(upload))
    row = Attachment(
        name=files.clean_name(upload.name or ""),
        mime=mime,
        type=files.kind_of(mime),
        size=upload.size,
        uploaded_by=by,
    )
    row.file.save(row.id.hex, upload, save=False)
    try:
        row.save()
    except BaseException:
        row.file.delete(save=False)
        raise
    return row
