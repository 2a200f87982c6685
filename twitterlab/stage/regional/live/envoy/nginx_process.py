"""One nginx with a cache, before one origin: a further one to compare with, where there is one on PATH.

Its `proxy_cache` is set to what its documentation has for the same ends: `proxy_cache_lock` for one fetch at a time,
`proxy_cache_background_update` for `stale-while-revalidate`, `proxy_cache_revalidate` for 304 (ngx_http_proxy_module).
"""

from __future__ import annotations

import getpass
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twitterlab.servers.binary import Program
from twitterlab.servers.http_probe import says
from twitterlab.servers.process import Process, StartFailed, free_port
from twitterlab.stage.regional.live.envoy.http_server import HOST

NGINX = Program("nginx", "", "", "Get it: `apt install nginx-light`, or from nginx.org.")
READY = "/ready"
PORTS_TRIED = 5
CONFIG = """
daemon off;
worker_processes 1;
{user}
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=pages:10m use_temp_path=off;
  keepalive_requests 1000000;
  upstream origin {{ server {host}:{origin}; keepalive 64; }}
  server {{
    listen {host}:{port} backlog=2048;
    location = {ready} {{ return 200 "ready"; }}
    location / {{
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache pages;
      proxy_cache_key $request_uri;
      proxy_cache_lock on;
      proxy_cache_background_update on;
      proxy_cache_revalidate on;
    }}
  }}
}}
"""


@contextmanager
def running(origin: int) -> Iterator[int]:
    """Its port, before the origin at another; ended at the end. BadInput when it is missing."""
    program = NGINX.need()
    with tempfile.TemporaryDirectory(prefix="twitterlab-nginx-") as temporary:
        folder = Path(temporary)
        for attempt in range(1, PORTS_TRIED + 1):
            port = free_port()
            (folder / "nginx.conf").write_text(_config(folder, port, origin))
            command = (str(program), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf"))
            process = Process(command, folder, lambda: says(port, READY, "ready"))  # noqa: B023
            try:
                process.start()
                break
            except StartFailed as failed:
                if attempt == PORTS_TRIED or "in use" not in failed.problem:
                    raise
        try:
            yield port
        finally:
            process.stop()


def _config(folder: Path, port: int, origin: int) -> str:
    """Whoever started it runs its worker too: as nobody it could not write into the folder."""
    user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    return CONFIG.format(folder=folder, host=HOST, port=port, origin=origin, user=user, ready=READY)
