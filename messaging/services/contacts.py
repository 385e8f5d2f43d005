"""Contacts made, changed and removed by people; those who write to us are made by `arrivals`."""

import json
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from messaging.models import Address, Agent, Attachment, Channel, Contact, Role
from messaging.services import unanswered
from messaging.services.errors import Forbidden, Invalid, NotVisible

MAX_TAGS = 50
MAX_TAG = 50  # characters
MAX_ATTRIBUTES = 16_000  # characters of JSON


class AddressInput(TypedDict):
    """Where a contact is reached."""

    channel: UUID
    external_id: str


WRITABLE = frozenset({"name", "phone", "email", "language", "time_zone", "tags", "attributes"})


def create(*, addresses: Sequence[AddressInput] = (), **fields: Any) -> Contact:
    """Make a contact, reachable at `addresses`. Raises Invalid."""
    contact = Contact(**_cleaned(fields))
    with transaction.atomic():
        contact.save()
        _set_addresses(contact, addresses)
    return contact


def update(
    *, contact: UUID, by: Agent, addresses: Sequence[AddressInput] | None = None, **fields: Any
) -> Contact:
    """Change what is named. Addresses decide who reads our answers: only admins change them.

    Raises Invalid, NotVisible, Forbidden.
    """
    if addresses is not None and by.role != Role.ADMIN:
        raise Forbidden("Only admins change a contact's addresses.")
    cleaned = _cleaned(fields)
    with transaction.atomic():
        row = Contact.objects.select_for_update().filter(pk=contact).first()
        if row is None:
            raise NotVisible
        for name, value in cleaned.items():
            setattr(row, name, value)
        if cleaned:
            row.save(update_fields=[*cleaned])
        if addresses is not None:
            _set_addresses(row, addresses)
    return row


def delete(*, contact: UUID) -> None:
    """Remove a contact with its conversations, messages and files. Raises NotVisible."""
    with transaction.atomic():
        row = Contact.objects.select_for_update().filter(pk=contact).first()
        if row is None:
            raise NotVisible
        files = [a.file for a in Attachment.objects.filter(message__contact=row).exclude(file="")]
        row.delete()
        unanswered.forget_empty()
    for file in files:
        file.delete(save=False)


def _set_addresses(contact: Contact, addresses: Sequence[AddressInput]) -> None:
    """Make `addresses` the contact's addresses; one that belongs to somebody else is refused."""
    wanted = {(a["channel"], a["external_id"].strip()) for a in addresses}
    if any(not external_id for _channel, external_id in wanted):
        raise Invalid({"addresses": "An address needs an external_id."})
    known = Channel.connected.filter(pk__in={channel for channel, _id in wanted})
    if known.count() != len({channel for channel, _id in wanted}):
        raise Invalid({"addresses": "There is no such channel."})
    present = {(a.channel_id, a.external_id): a for a in contact.addresses.all()}
    for key, address in present.items():
        if key not in wanted:
            address.delete()
    for channel, external_id in wanted - set(present):
        try:
            with transaction.atomic():
                Address.objects.create(contact=contact, channel_id=channel, external_id=external_id)
        except IntegrityError:
            raise Invalid({"addresses": "This address belongs to another contact."}) from None


def _cleaned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """`fields` as they are stored. Raises Invalid naming every wrong one, TypeError for an unknown one."""
    unknown = set(fields) - WRITABLE
    if unknown:
        raise TypeError(f"not a field of a contact: {sorted(unknown)}")
    cleaned: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, value in fields.items():
        try:
            cleaned[name] = _CLEANERS.get(name, _same)(value)
        except (ValidationError, ValueError) as error:
            errors[name] = error.messages[0] if isinstance(error, ValidationError) else str(error)
    if errors:
        raise Invalid(errors)
    return cleaned


def _same(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _phone(value: str) -> str:
    """E.164, e.g. +15550101234."""
    if not value.strip():
        return ""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ValueError("Write the number with + and the country's code.")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _email(value: str) -> str:
    address = value.strip()
    if address:
        validate_email(address)
    return address


def _time_zone(value: str) -> str:
    name = value.strip()
    if name and name not in zoneinfo.available_timezones():
        raise ValueError("This is not a time zone.")
    return name


def _tags(value: Sequence[str]) -> list[str]:
    tags = list(dict.fromkeys(tag.strip() for tag in value if tag.strip()))
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in tags):
        raise ValueError(f"At most {MAX_TAGS} tags of {MAX_TAG} characters.")
    return tags


def _attributes(value: Mapping[str, Any]) -> dict[str, Any]:
    if len(json.dumps(value)) > MAX_ATTRIBUTES:
        raise ValueError(f"At most {MAX_ATTRIBUTES} characters of JSON.")
    return dict(value)


_CLEANERS: dict[str, Callable[[Any], Any]] = {
    "phone": _phone,
    "email": _email,
    "time_zone": _time_zone,
    "tags": _tags,
    "attributes": _attributes,
}
