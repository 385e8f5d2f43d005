"""The REST API under /api/v1/: thin doors to the services."""
