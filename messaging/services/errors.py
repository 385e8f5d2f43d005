"""How a service says no. The doors turn these into HTTP answers or messages."""

from uuid import UUID


class ServiceError(Exception):
    """Base. `code` is stable and meant for programs, `detail` is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Conflict(ServiceError):
    """The state does not allow it now (409). `owner` and `agent` say who has the conversation."""

    def __init__(
        self, code: str, detail: str, *, owner: str | None = None, agent: UUID | None = None
    ) -> None:
        super().__init__(code, detail)
        self.owner = owner
        self.agent = agent


class Invalid(ServiceError):
    """The input is wrong (400). `fields` maps a field to what is wrong with it."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("invalid", "; ".join(f"{k}: {v}" for k, v in fields.items()))
        self.fields = fields


class NotVisible(ServiceError):
    """It does not exist, or this person may not see it (404): nobody can tell which."""

    def __init__(self) -> None:
        super().__init__("not_found", "Not found.")


class Forbidden(ServiceError):
    """Visible, but not for this role to do (403)."""

    def __init__(self, detail: str = "You may not do this.") -> None:
        super().__init__("forbidden", detail)
