"""What a service says when it cannot do what it was asked."""

from collections.abc import Mapping


class Invalid(ValueError):
    """What was given breaks a rule; `fields` tells for each field which, as a sentence."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))
        self.fields = dict(fields)
