"""The product's settings on the engines of the test run, with fast hashing and a data folder of its own.

BALCAO_TEST_DB chooses the database: `sqlite` (the default) or `postgres`.
"""

import os
import re

from tests import engines

_postgres = os.environ.get("BALCAO_TEST_DB", "sqlite") == "postgres"
_worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)

# Whatever the shell has set up for running the desk is not for the tests.
for _name in list(os.environ):
    if _name.startswith(("ADMIN_", "TELEGRAM_", "FIELD_ENCRYPTION_", "PUBLIC_URL", "ALLOWED_")):
        del os.environ[_name]

os.environ["DATA_DIR"] = engines.once(
    "BALCAO_TEST_DATA", lambda: str(engines.scratch("balcao-test-"))
)
# Each worker has a cache of its own; queues nobody reads are shared.
os.environ["REDIS_URL"] = (
    f"{engines.once('BALCAO_TEST_VALKEY', engines.valkey_url)}?db={_worker + 1}"
)
os.environ.pop("CELERY_BROKER_URL", None)
if _postgres:
    os.environ["DATABASE_URL"] = engines.once("BALCAO_TEST_POSTGRES", engines.postgres_url)
else:
    os.environ.pop("DATABASE_URL", None)

from project.settings import *  # noqa: E402, F403
from project.settings import DATA_DIR, DATABASES  # noqa: E402

if not _postgres:
    # A file, as in production: threads and processes of a test have connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
DATABASES["default"]["CONN_MAX_AGE"] = 0

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Look files up when they are asked for, instead of listing them all for each test client.
WHITENOISE_AUTOREFRESH = True
