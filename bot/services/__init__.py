"""What may be done with the bot's knowledge. Views, admin, tasks and commands are thin doors to these.

Every change is checked, published in its own transaction unless drafts are on, and live in every
process with that process's next look at the database.
"""

from bot.services.bands import Scope, own_bands, set_bands, thresholds
from bot.services.errors import Invalid, Outdated
from bot.services.faqs import create_faq, delete_faq, update_faq
from bot.services.importing import Rejected, Report, exported_faqs, import_faqs
from bot.services.matching import Tried, match
from bot.services.phrasings import add_phrasings
from bot.services.publishing import changes, current, publish, touch
from bot.services.rules import create_rule, delete_rule, update_rule
from bot.services.settings import get_settings, update_settings
from bot.services.versions import rollback

__all__ = [
    "Invalid",
    "Outdated",
    "Rejected",
    "Report",
    "Scope",
    "Tried",
    "add_phrasings",
    "changes",
    "create_faq",
    "create_rule",
    "current",
    "delete_faq",
    "delete_rule",
    "exported_faqs",
    "get_settings",
    "import_faqs",
    "match",
    "own_bands",
    "publish",
    "rollback",
    "set_bands",
    "thresholds",
    "touch",
    "update_faq",
    "update_rule",
    "update_settings",
]
