"""How the admin looks: django-unfold's settings. Pure data, read by the project's settings."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# A green of the woods for what can be done, the yellow of an ipê in flower for what stands out,
# and paper-like greys with a little warmth around them.
GREEN = {
    "50": "#eff8f2",
    "100": "#d8eee1",
    "200": "#b3ddc5",
    "300": "#83c5a3",
    "400": "#50a87e",
    "500": "#2f8c63",
    "600": "#1f7150",
    "700": "#195a41",
    "800": "#164836",
    "900": "#133b2d",
    "950": "#08211a",
}
PAPER = {
    "50": "#faf9f6",
    "100": "#f3f1ec",
    "200": "#e6e2d9",
    "300": "#d2ccbf",
    "400": "#a59d8e",
    "500": "#766f62",
    "600": "#595348",
    "700": "#443f37",
    "800": "#2c2924",
    "900": "#1c1a17",
    "950": "#12110e",
}


def environment(request: HttpRequest) -> list[Any]:
    """The label in the header: who looks in over an unencrypted line should know it is a local desk."""
    return [_("Production"), "success"] if request.is_secure() else [_("Local"), "warning"]


def _asset(path: str) -> Any:
    return lambda request=None: static(path)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Balcão",
    "SITE_HEADER": "Balcão",
    "SITE_SUBHEADER": _("One desk for every channel"),
    "SITE_URL": "/",
    "SITE_ICON": _asset("dashboard/mark.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "sizes": "any",
            "type": "image/svg+xml",
            "href": _asset("dashboard/mark.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "dashboard.theme.environment",
    "DASHBOARD_CALLBACK": "dashboard.home.context",
    "LOGIN": {"image": _asset("dashboard/login.svg")},
    "STYLES": [
        _asset("dashboard/desk.css"),
        _asset("dashboard/matching.css"),
        _asset("dashboard/unanswered.css"),
    ],
    "SCRIPTS": [_asset("dashboard/desk.js")],
    "BORDER_RADIUS": "8px",
    "COLORS": {"base": PAPER, "primary": GREEN},
    "SIDEBAR": {
        "show_search": True,
        "command_search": False,
        "show_all_applications": False,
        "navigation": "dashboard.navigation.sidebar",
    },
}
