"""Which uploaded files the answers need. Whoever keeps the files asks here before one is thrown away."""

from bot.models import FAQ, Snapshot


def files_in_answers() -> set[str]:
    """The ids of the files that go with an answer as it is being written."""
    rows = FAQ.objects.exclude(attachments=[]).values_list("attachments", flat=True)
    return {pk for ids in rows for pk in ids}


def files_in_snapshots() -> set[str]:
    """The ids of the files of every snapshot that is kept: one may be gone back to. Reads them all."""
    rows = Snapshot.objects.order_by().values_list("content", flat=True).iterator(chunk_size=1)
    return {
        pk
        for content in rows
        for faq in content.get("faqs", ())
        for pk in faq.get("attachments", ())
    }
