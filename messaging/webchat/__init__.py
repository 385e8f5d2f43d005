"""The public web chat: its page, its small API and its event stream. Inbound messages come through the webhook door."""
