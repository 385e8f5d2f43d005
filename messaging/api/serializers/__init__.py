"""The shapes of requests and answers, one file a subject. Writable fields are always listed (F-103)."""
