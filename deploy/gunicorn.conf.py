"""How gunicorn serves the pages of one machine; `systemd/laksana-web.service` has the command."""

import os
import sys
from typing import Any

from service import logs
from service.rest.patience import PLACES

bind = f"{os.environ.get('LAKSANA_HOST', '127.0.0.1')}:{os.environ.get('LAKSANA_PORT', '8000')}"
workers = int(os.environ.get("LAKSANA_WEB_PROCESSES", str(os.cpu_count() or 1)))
worker_class = "gthread"
threads = 8 + PLACES  # what people need, and what programs may keep waiting; each takes one of LAKSANA_CONNECTIONS
graceful_timeout = 30  # requests that have begun are finished, as `laksana serve` does
timeout = 60
keepalive = 75  # longer than nginx keeps a connection to us idle
max_requests = 20_000
max_requests_jitter = 2_000
forwarded_allow_ips = ""  # who stands in front is said by LAKSANA_PROXIES alone
forwarder_headers = ""


def post_worker_init(_worker: Any) -> None:  # noqa: ANN401 - gunicorn has no types
    """Log as `laksana serve` does: JSON, without anything that was typed."""
    logs.configure(sys.stderr)
