"""Settings. Everything that differs between machines comes from the environment (README lists the names)."""

import secrets
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from crmsite.embedded.state import known_urls
from crmsite.navigation import UNFOLD as UNFOLD  # noqa: PLC0414

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
_embedded = known_urls(VAR_DIR)


def _kept_secret(name: str) -> str:
    """A secret made once and kept in `$VAR_DIR` (mode 0600), for a machine whose environment names none."""
    path = VAR_DIR / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        value = secrets.token_urlsafe(64)
        path.touch(mode=0o600, exist_ok=True)
        path.write_text(value)
        return value


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret("secret_key")
# Credentials of channels are sealed under it; empty: under SECRET_KEY. `rotate_channel_keys` seals them anew.
CHANNELS_KEY = env.str("CHANNELS_KEY", default="")
CHANNELS_KEY_FALLBACKS = env.list("CHANNELS_KEY_FALLBACKS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
# The same site under a shorter name, for links in SMS: each character there is paid for.
SHORT_URL = env.str("SHORT_URL", default=PUBLIC_URL).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

HTTPS = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "django.contrib.sessions.backends.db"
X_FRAME_OPTIONS = "SAMEORIGIN"  # a letter's preview is framed by our own pages
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # it wants DENY; see the line above

INSTALLED_APPS = [
    "crmsite",  # first: its templates override unfold's
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "segments",
    "channels",
    "campaigns",
    "tracking",
    "crmsite.apps.KrugAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_rq",
    "ninja",
    "import_export",
    "simple_history",
    "axes",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "crmsite.csp.Policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "crmsite.urls"
WSGI_APPLICATION = "crmsite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        **env.db_url_config(env.str("DATABASE_URL", default="") or _embedded["DATABASE_URL"]),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "krug"},
    }
}
REDIS_URL = env.str("REDIS_URL", default="") or _embedded["REDIS_URL"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
# One queue, one worker: a worker on two queues that is killed between pop and registration loses the job.
QUEUES = (
    "imports", "segments", "campaigns", "tracking", "sending-email", "sending-sms", "sending-push", "sending-messengers",
)  # fmt: skip
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 3600 if name == "imports" else 300, "SERIALIZER": "rq.serializers.JSONSerializer"}
    for name in QUEUES
}  # fmt: skip
RQ = {"COMMIT_MODE": "on_db_commit"}
RQ_SHOW_ADMIN_LINK = False  # its pages know no rights, and what is due is in PostgreSQL

AUTH_USER_MODEL = "crmsite.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "crmsite.errors.locked_out"
AXES_ENABLE_ADMIN = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
CSRF_FAILURE_VIEW = "crmsite.errors.stale_form"
ENVIRONMENT_LABEL = env.str("ENVIRONMENT_LABEL", default="")  # shown in the header: tells a trial from the real one

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Moscow"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = VAR_DIR / "media"  # uploaded files; never served
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Strict; `crmsite.csp` relaxes it on the pages of the admin.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

# Where the built-in inbox listens; `manage.py up` chooses the port.
INBOX_HOST = "127.0.0.1"
INBOX_PORT = env.int("INBOX_PORT", default=2525)
JOURNAL_DIR = VAR_DIR / "journals"
INSTALLATION_FILE = VAR_DIR / "installation_id"
# Webhooks: the largest body that is read (bytes); days that raw calls and that delivery reports are kept (by months).
WEBHOOK_BODY_LIMIT = env.int("WEBHOOK_BODY_LIMIT", default=2**20)
JOURNAL_DAYS = env.int("JOURNAL_DAYS", default=14)  # messages of accounts in journal mode
WEBHOOK_DAYS = env.int("WEBHOOK_DAYS", default=30)
NOTICE_DAYS = env.int("NOTICE_DAYS", default=60)  # push messages in the notification centres of sites
REPORT_DAYS = env.int("REPORT_DAYS", default=90)
WEBSITE_EVENT_DAYS = env.int("WEBSITE_EVENT_DAYS", default=400)  # by months
# What a lawyer has decided against `channels.legal`: {"telegram": {"advertising": true}} opens, false bars.
LEGAL_GATE = env.json("LEGAL_GATE", default={})
# Feeds: which folders of this server may be watched, and which machines may be asked (`segments.feeding.guard`).
FEED_ROOTS = env.list("FEED_ROOTS", default=[str(VAR_DIR / "feeds")])
FEED_ALLOW_PRIVATE = env.bool("FEED_ALLOW_PRIVATE", default=True)
FEED_ALLOW_LOOPBACK = env.bool("FEED_ALLOW_LOOPBACK", default=False)
# How long `import_base` may weigh doubtful pairs of customers after an import; 0: no pairs are proposed at all.
REVIEW_SECONDS = env.int("REVIEW_SECONDS", default=300)
# People of the whole base who are deliberately left alone; the salt draws them, a new one draws others.
GLOBAL_CONTROL_PERCENT = env.float("GLOBAL_CONTROL_PERCENT", default=0)
GLOBAL_CONTROL_SALT = env.str("GLOBAL_CONTROL_SALT", default="global")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"discreet": {"()": "crmsite.discreet.Discreet"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["discreet"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
