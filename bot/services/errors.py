"""What a service says when it cannot do what it was asked."""

from collections.abc import Mapping

from django.utils.translation import gettext as _


class Invalid(ValueError):
    """What was given breaks a rule; `fields` tells for each field which, as a sentence."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))
        self.fields = dict(fields)


class Outdated(RuntimeError):
    """What somebody looked at before deciding has changed meanwhile."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed something meanwhile. Look at it again."))
