"""One file a subject: check the shape, call the service, answer."""
