"""Every setting, from the environment; `docs/self-hosting.md` lists them. Fails loudly where one is missing."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from stockcraft.lib import embedded, env, logs, secrets, telemetry

BASE_DIR = Path(__file__).resolve().parent

# Where people reach this installation; links in e-mails and the OAuth callback are made from it.
BASE_URL = env.text("STOCKCRAFT_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
_HTTPS = BASE_URL.startswith("https://")
_HOST = urlsplit(BASE_URL).hostname or ""

DEBUG = env.flag("STOCKCRAFT_DEBUG")
SECRET_KEY = secrets.secret_key()
ENCRYPTION_KEYS = secrets.encryption_keys()
ALLOWED_HOSTS = [_HOST, "127.0.0.1", "localhost", "[::1]", *env.words("STOCKCRAFT_HOSTS")]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- Shopify ---------------------------------------------------------------------------------------------------------
# The app of this installation; without one, shops are connected with their own app or a pasted token.
SHOPIFY_CLIENT_ID = env.text("STOCKCRAFT_SHOPIFY_CLIENT_ID")
SHOPIFY_CLIENT_SECRET = env.text("STOCKCRAFT_SHOPIFY_CLIENT_SECRET")
SHOPIFY_PREVIOUS_SECRET = env.text("STOCKCRAFT_SHOPIFY_PREVIOUS_SECRET")
# Only read access is ever asked for. https://shopify.dev/docs/api/usage/access-scopes
SHOPIFY_SCOPES = ("read_products",)
# For simulators only: every shop is then reached at STOCKCRAFT_SHOPIFY_URL instead of https://NAME.myshopify.com.
ALLOW_CUSTOM_SHOPIFY_URL = env.flag("STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL")
SHOPIFY_URL = env.text("STOCKCRAFT_SHOPIFY_URL").rstrip("/")
if SHOPIFY_URL and not ALLOW_CUSTOM_SHOPIFY_URL:
    raise env.ConfigError("STOCKCRAFT_SHOPIFY_URL needs STOCKCRAFT_ALLOW_CUSTOM_SHOPIFY_URL=1: it is for simulators.")

# --- Runs ------------------------------------------------------------------------------------------------------------
SYNC_HOUR_UTC = 2
# Daily syncs start within this many minutes after that hour, each connection at its own moment.
SYNC_SPREAD_MINUTES = env.integer("STOCKCRAFT_SYNC_SPREAD_MINUTES", 0)
if not 0 <= SYNC_SPREAD_MINUTES <= (24 - SYNC_HOUR_UTC) * 60:
    raise env.ConfigError("STOCKCRAFT_SYNC_SPREAD_MINUTES takes 0 to 1320 minutes: daily syncs start on their own day.")
# A live run whose worker has not been heard of for this many seconds is taken up by another.
STALLED_AFTER = env.integer("STOCKCRAFT_STALLED_AFTER", 30)
# How many days the rows of webhook deliveries are kept.
WEBHOOK_DAYS = env.integer("STOCKCRAFT_WEBHOOK_DAYS", 30)
WORKER_CONCURRENCY = env.integer("STOCKCRAFT_WORKER_CONCURRENCY", 4, least=1)

# --- Django ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "stockcraft.web.apps.WebConfig",
    "stockcraft.accounts.apps.AccountsConfig",
    "stockcraft.catalog.apps.CatalogConfig",
    "stockcraft.connections.apps.ConnectionsConfig",
    "stockcraft.syncs.apps.SyncsConfig",
    "stockcraft.workflows.apps.WorkflowsConfig",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "template_partials",
    # Without looking for other applications' admin pages: `web/operators` names what operators see.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "stockcraft.web.middleware.WebhooksMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "stockcraft.web.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "stockcraft.urls"
WSGI_APPLICATION = "stockcraft.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "web" / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stockcraft.web.context.frame",
            ],
        },
    }
]

DATABASES = {"default": embedded.settings()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "stockcraft.web.sign_up.AccountAdapter"
ACCOUNT_FORMS = {"signup": "stockcraft.web.sign_up.SignUpForm"}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "stockcraft_session"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _HTTPS else None
# Browsers that came over https once stay with it for a year.
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        # Product pictures come from Shopify's image host, and nothing else does.
        "img-src": [SELF, "https://cdn.shopify.com"],
        "connect-src": [SELF],
        # The connect form is answered with a redirect to Shopify, and browsers hold redirects to this too.
        "form-action": [
            SELF,
            "https://*.myshopify.com",
            "https://admin.shopify.com",
            "https://accounts.shopify.com",
            *([SHOPIFY_URL] if SHOPIFY_URL else []),
        ],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "web" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "web" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("STOCKCRAFT_EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_HOST = env.text("STOCKCRAFT_EMAIL_HOST")
EMAIL_PORT = env.integer("STOCKCRAFT_EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("STOCKCRAFT_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("STOCKCRAFT_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("STOCKCRAFT_EMAIL_TLS", True)
DEFAULT_FROM_EMAIL = env.text("STOCKCRAFT_EMAIL_FROM", f"StockCraft <no-reply@{_HOST}>")

LOG_LEVEL = env.text("STOCKCRAFT_LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.text("STOCKCRAFT_LOG_FORMAT", "line").lower()
if LOG_FORMAT not in logs.FORMATS:
    raise env.ConfigError(f"STOCKCRAFT_LOG_FORMAT is {LOG_FORMAT!r}; say line or json.")
# What Prometheus sends to read /metrics; without it there is no such page.
METRICS_TOKEN = env.text("STOCKCRAFT_METRICS_TOKEN")
# Asked here so that what the OTEL_* variables ask for in vain is said at the start.
telemetry.wanted()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": logs.formatters(),
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "procrastinate")},
}

PROCRASTINATE_IMPORT_PATHS = ["stockcraft.workflows.tasks"]
PROCRASTINATE_ON_APP_READY = "stockcraft.workflows.tasks.on_app_ready"
