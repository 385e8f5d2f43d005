"""Adding phrasings to a FAQ that exists."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User

from bot.models import FAQ
from bot.services.faqs import update_faq
from bot.services.publishing import changes


def add_phrasings(*, faq: UUID, texts: Sequence[str], author: User | None = None) -> FAQ:
    """Teach a FAQ other ways to ask it. What it knows already, case and accents aside, changes nothing.

    Nobody else's phrasing is lost when two people do this at once. Raises Invalid, FAQ.DoesNotExist.
    """
    with changes(author=author):
        row = FAQ.objects.select_for_update().get(pk=faq)
        known = [phrasing.text for phrasing in row.phrasings.all()]
        return update_faq(faq=faq, author=author, alternatives=[*known, *texts])
