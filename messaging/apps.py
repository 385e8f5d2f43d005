from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from messaging.api import checks  # noqa: F401 - registers what it checks


class MessagingConfig(AppConfig):
    name = "messaging"
    verbose_name = _("Messaging")
    default_auto_field = "django.db.models.BigAutoField"
