from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = _("Dashboard")
    default_auto_field = "django.db.models.BigAutoField"


class DeskAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site; takes the place of "django.contrib.admin" in INSTALLED_APPS."""

    default = False
    default_site = "dashboard.site.DeskSite"
