"""Django's settings. Everything that can differ between installations comes from the environment.

docs/configuration.md lists the variables.
"""

import warnings
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import django_stubs_ext
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from dashboard import theme
from project import environment, logs

django_stubs_ext.monkeypatch()

BASE_DIR = environment.ROOT
DATA_DIR = environment.data_dir()

_keys = environment.keys(DATA_DIR)
SECRET_KEY: str = _keys["SECRET_KEY"]
JWT_SIGNING_KEY: str = _keys["JWT_SIGNING_KEY"]
FIELD_ENCRYPTION_KEYS: list[str] = _keys["FIELD_ENCRYPTION_KEYS"]

DEBUG = False

PUBLIC_URL = environment.url("PUBLIC_URL", ("https", "http"))
_public_host = urlsplit(PUBLIC_URL).hostname
ALLOWED_HOSTS = [
    *(environment.hosts("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]),
    *([_public_host] if _public_host else []),
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
ALLOWED_PRIVATE_HOSTS = environment.hosts("ALLOWED_PRIVATE_HOSTS")
TRUSTED_PROXIES = environment.number("TRUSTED_PROXIES", 0, lowest=0, highest=10)

TELEGRAM_BOT_TOKEN = environment.text("TELEGRAM_BOT_TOKEN")
TELEGRAM_API_BASE = environment.url(
    "TELEGRAM_API_BASE", ("https", "http"), "https://api.telegram.org"
)
META_GRAPH_BASE = environment.url(
    "META_GRAPH_BASE", ("https", "http"), "https://graph.facebook.com"
)
# What every channel of a kind is given beside its own configuration.
CHANNEL_DEFAULTS: dict[str, dict[str, Any]] = {"telegram": {"api_base": TELEGRAM_API_BASE}}
ADMIN_USERNAME = environment.text("ADMIN_USERNAME", "admin")
ADMIN_PASSWORD = environment.text("ADMIN_PASSWORD")
METRICS_TOKEN = environment.text("METRICS_TOKEN")
RETENTION_DAYS = environment.number("RETENTION_DAYS", 30, lowest=1, highest=36_500)

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "dashboard.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "simple_history",
    "axes",
    "bot",
    "messaging",
    "dashboard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "dashboard.middleware.AdminContentSecurityPolicy",
    "axes.middleware.AxesMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

# A redirect would drop the body of a POST: addresses answer in one form or not at all (F-37).
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- storage

DATABASES = {"default": environment.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.url(
    "REDIS_URL", ("redis", "rediss", "unix"), environment.embedded_redis(DATA_DIR)
)
_redis_cache = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "balcao",
    "OPTIONS": {
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
        "SOCKET_CONNECT_TIMEOUT": 1,
        "SOCKET_TIMEOUT": 1,
    },
}
_local_cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": _redis_cache if REDIS_URL else _local_cache}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# A checkout serves static files from where they are; only the container image collects them.
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# --- people

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "messaging.lockout.LoginHandler"
AXES_CLIENT_IP_CALLABLE = "messaging.lockout.client_address"
AXES_DISABLE_ACCESS_LOG = True
# A stranger who goes on trying must not keep a person out longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES or None
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]

# --- language and time

LANGUAGE_CODE = environment.choice("LANGUAGE_CODE", ("pt-br", "en"))
LANGUAGES = [("pt-br", _("Portuguese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "project" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.time_zone("TIME_ZONE", "America/Sao_Paulo")

# --- admin

UNFOLD = theme.UNFOLD

# --- security

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# The proxy that ends TLS sends plain HTTP on to HTTPS; here it would send health checks away.
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the other subdomains are not ours to speak for
    "security.W008",
    "security.W021",
]
if PUBLIC_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# --- logs

LOG_FORMAT = environment.choice("LOG_FORMAT", ("console", "json"))
LOGGING: dict[str, Any] = logs.config(LOG_FORMAT)

# --- Celery (project/celery.py reads these)

CELERY_BROKER_URL = environment.url(
    "CELERY_BROKER_URL", ("redis", "rediss", "amqp", "amqps", "redis+socket")
) or REDIS_URL.replace("unix://", "redis+socket://")

# --- API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["messaging.api.auth.Authentication"],
    "DEFAULT_PERMISSION_CLASSES": ["messaging.api.permissions.RoleAllows"],
    "DEFAULT_PARSER_CLASSES": ["messaging.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],  # nothing to browse
    "DEFAULT_PAGINATION_CLASS": "messaging.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "messaging.api.schema.DeskSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "messaging.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Balcão",
    "DESCRIPTION": "One desk for every channel a company talks to its customers on.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "ENUM_NAME_OVERRIDES": {
        "ConversationStatus": "messaging.models.Status",
        "MessageStatus": "messaging.models.MessageStatus",
        "AgentStatus": "messaging.models.Agent.Presence",
        "Language": "bot.models.Language",
        "UnansweredState": "messaging.models.UnansweredQuestion.State",
        "ReplayOutcome": "messaging.services.replays.OUTCOMES",
        "KindEnum": "channels.registry.choices",
        "ChangedKind": "messaging.api.serializers.versions.CHANGED_KINDS",
        "FindingKind": "messaging.api.serializers.versions.FINDING_KINDS",
    },
}
