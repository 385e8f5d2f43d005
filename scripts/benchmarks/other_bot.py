"""python-telegram-bot's own webhook server as its documentation starts it; it stores nothing.

`python other_bot.py PORT API_ROOT TOKEN SECRET`
"""

import sys

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def take(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Have the update, do nothing with it."""


def main() -> None:
    port, api, token, secret = sys.argv[1:]
    application = Application.builder().token(token).base_url(f"{api}/bot").build()
    application.add_handler(MessageHandler(filters.ALL, take))
    application.run_webhook(
        listen="127.0.0.1",
        port=int(port),
        url_path="hook",
        secret_token=secret,
        webhook_url=f"http://127.0.0.1:{port}/hook",
    )


if __name__ == "__main__":
    main()
