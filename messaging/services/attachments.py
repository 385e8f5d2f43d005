"""Files that agents upload: to be sent with one message, or with every answer of a FAQ."""

import logging
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from bot.services.files import files_in_answers, files_in_snapshots
from channels.types import Capabilities
from messaging import files
from messaging.models import Agent, Attachment, Message
from messaging.services.errors import Invalid

log = logging.getLogger(__name__)

MAX_SIZE = 20_000_000  # bytes


def store(*, upload: "UploadedFile[bytes]", by: Agent | None) -> Attachment:
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


def uploads(ids: Iterable[UUID | str]) -> list[Attachment]:
    """Those of these files that are kept here and belong to no message, in the order of the ids."""
    given = list(dict.fromkeys(str(pk) for pk in ids))
    rows = Attachment.objects.filter(pk__in=given, message=None, state=Attachment.State.STORED)
    found = {str(row.pk): row for row in rows.exclude(file="")}
    return [found[pk] for pk in given if pk in found]


def send_along(*, message: Message, ids: Sequence[str], can: Capabilities) -> None:
    """Give the message its own copies of an answer's files, but for those its channel cannot take."""
    if not ids:
        return
    known = uploads(ids)
    for row in known:
        if row.type not in can.attachments or (row.size or 0) > can.max_attachment:
            log.warning("answer_file_not_for_channel", extra={"attachment": str(row.pk)})
        elif not Path(row.file.path).is_file():
            log.error("answer_file_lost", extra={"attachment": str(row.pk)})
        else:
            _copy(row, message)
    if len(known) < len(ids):
        log.warning("answer_file_unknown", extra={"count": len(ids) - len(known)})


def needed(candidates: Iterable[UUID]) -> set[str]:
    """The uploads that answers still need, now or in a snapshot that may be gone back to.

    The snapshots are read only when there are candidates that no FAQ names.
    """
    kept = files_in_answers()
    if any(str(pk) not in kept for pk in candidates):
        kept |= files_in_snapshots()
    return kept


def _copy(row: Attachment, message: Message) -> None:
    """A second row with a file of its own, which goes when its message does; linked where it can be."""
    copy = Attachment(
        message=message, type=row.type, name=row.name, mime=row.mime, size=row.size, data=row.data
    )
    copy.file.name = copy.file.field.generate_filename(copy, copy.pk.hex)
    source, place = Path(row.file.path), Path(copy.file.path)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, place)
    except OSError:
        shutil.copyfile(source, place)
    try:
        copy.save()
    except BaseException:
        place.unlink(missing_ok=True)
        raise
