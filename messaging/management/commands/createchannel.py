"""Connects a channel from the shell."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import channels.registry
from messaging.services import channels as service
from messaging.services.errors import Invalid


class Command(BaseCommand):
    help = "Connect a channel: createchannel KIND --name N key=value…"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign] # pairs after --name
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(channels.registry.CHANNELS))
        parser.add_argument("--name", required=True)
        parser.add_argument("config", nargs="*", metavar="key=value")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["kind"]
        types = {field.name: field.type for field in channels.registry.get(kind).fields}
        config: dict[str, Any] = {}
        for pair in options["config"]:
            key, equals, value = pair.partition("=")
            if not equals:
                raise CommandError(f"{key!r} is not key=value")
            config[key] = _typed(types.get(key, "string"), key, value)
        try:
            channel = service.create(kind=kind, name=options["name"], config=config)
        except Invalid as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{channel.pk} {channel.get_health_display()}")
        self.stdout.write(channel.webhook_url() or f"/webhooks/{kind}/{channel.pk}")


def _typed(type_: str, key: str, value: str) -> Any:
    if type_ == "array":
        return [part.strip() for part in value.split(",") if part.strip()]
    if type_ == "integer":
        try:
            return int(value)
        except ValueError:
            raise CommandError(f"{key} must be a whole number") from None
    return value
