"""Primary keys."""

import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """A UUIDv7: unique, and growing with the time it was made, so that a list can be paged by it alone."""
    return uuid_utils.compat.uuid7()
