"""How a Bot API method is called. The address holds the token: only `label` may be shown."""

from typing import Any

from channels.base import Config
from channels.types import ApiCall, FilePart

PUBLIC_API = "https://api.telegram.org"


def method(
    name: str, config: Config, parameters: dict[str, Any], *, files: tuple[FilePart, ...] = ()
) -> ApiCall:
    """A call of `name` as JSON, or as a form when files go with it; then `parameters` must be strings.

    `config["api_base"]` is where the Bot API is found, the public one when it is not given.
    """
    base = str(config.get("api_base") or PUBLIC_API).rstrip("/")
    url = f"{base}/bot{config['token']}/{name}"
    if files:
        return ApiCall(label=name, method="POST", url=url, form=parameters, files=files)
    return ApiCall(label=name, method="POST", url=url, json=parameters)
