"""Time zones to choose from."""

import zoneinfo
from functools import cache


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Every zone of the world by its name, Brazil's own first; an empty one on top."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name)
    names = [n for n in names if not n.startswith(("Etc/", "posix/", "right/", "SystemV/"))]
    near = [n for n in ("America/Sao_Paulo", "America/Manaus", "America/Fortaleza") if n in names]
    rest = [name for name in names if name not in near]
    return [("", "–"), *((name, name) for name in [*near, "UTC", *rest])]
