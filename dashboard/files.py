"""Files that contacts sent, handed out so that a browser cannot be made to run them."""

from django.http import FileResponse

from messaging.models import Attachment

# Shown in the page; anything else is only offered for download.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def serve(attachment: Attachment) -> FileResponse:
    """The stored file. The content type comes from our list, never from the contact."""
    shown = attachment.mime in SHOWN
    response = FileResponse(
        attachment.file.open("rb"),
        as_attachment=not shown,
        filename=attachment.name or f"{attachment.pk}",
        content_type=attachment.mime if shown else "application/octet-stream",
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
