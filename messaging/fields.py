"""A JSON column that is encrypted at rest."""

import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """The cipher of FIELD_ENCRYPTION_KEYS: the first key encrypts, all of them decrypt."""
    return _cipher(tuple(settings.FIELD_ENCRYPTION_KEYS))


class EncryptedJSONField(models.TextField[Any, Any]):
    """A JSON value, encrypted with FIELD_ENCRYPTION_KEYS. It cannot be searched.

    Reading with the wrong key gives None instead of raising, so that one unreadable channel does not
    take the others down (F-157); `Channel.config_readable` tells.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        if value is None:
            return None
        try:
            return json.loads(cipher().decrypt(value.encode()))
        except InvalidToken:
            return None

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return cipher().encrypt(json.dumps(value).encode()).decode()

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)))

    def to_python(self, value: Any) -> Any:
        return value
