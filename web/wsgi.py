"""For a WSGI server: gunicorn web.wsgi:app. Settings come from PORTAL_* in the environment."""

from __future__ import annotations

import os
import sys

from web import Config, ConfigError, background, create_app

try:
    app = create_app(Config.from_environment(os.environ))
except ConfigError as error:
    sys.exit(f"The portal cannot start: {error}")
background.start(app)
