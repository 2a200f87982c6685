"""Every service that `twitterlab up` knows: it does what it is for, and goes without a trace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from twitterlab.errors import BadInput
from twitterlab.servers import catalogue, envoy, etcd, s3, sentinel, valkey_cluster
from twitterlab.servers.registry import Registry, Running
from twitterlab.servers.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="servers are started on Linux and macOS only"),
]


@pytest.fixture
def registry():
    folder = Path(tempfile.mkdtemp(prefix="twitterlab-test-"))
    made = Registry(folder / "state" / "servers")
    yield made
    made.down()
    assert list(folder.iterdir()) == []
    shutil.rmtree(folder)


def up(registry, service):
    missing = service.missing()
    if missing is not None:
        pytest.skip(f"{missing.why_not()}. {missing.get_it}")
    outcomes = []
    registry.up([service], lambda _, outcome: outcomes.append(outcome))
    (running,) = outcomes
    assert isinstance(running, Running), running
    return running


def get(url, data=None):
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=5) as answer:
        return answer.read()


def test_a_cluster_takes_every_key_and_each_primary_has_a_copy(registry):
    from redis.cluster import RedisCluster

    running = up(registry, valkey_cluster.SERVICE)

    with RedisCluster.from_url(running.address, decode_responses=True) as client:
        for number in range(100):
            client.set(f"key:{number}", number)
        assert [client.get(f"key:{number}") for number in range(100)] == [str(number) for number in range(100)]
        assert (len(client.get_primaries()), len(client.get_replicas())) == (3, 3)
        assert len({client.get_node_from_key(f"key:{number}").name for number in range(100)}) == 3
    assert len(running.members) == 6


def test_a_killed_primary_is_replaced_and_its_slots_are_served_again(registry):
    from redis.backoff import ConstantBackoff
    from redis.cluster import RedisCluster
    from redis.retry import Retry

    running = up(registry, valkey_cluster.SERVICE)
    with RedisCluster.from_url(running.address, retry=Retry(ConstantBackoff(0), 0)) as client:
        client.set("key", "before")
        client.execute_command("WAIT", 1, 0, target_nodes=client.get_node_from_key("key"))
        victim = client.get_node_from_key("key").port
        number = next(
            member.pid for member in running.members if f"port {victim}\n" in configuration(registry, member.name)
        )

        os.kill(number, signal.SIGKILL)

        until(lambda: takes_a_write(client), "a replica to take over")
        assert client.get_node_from_key("key").port != victim
    assert not registry.ps()[0].is_whole


def takes_a_write(client):
    from redis.exceptions import RedisError

    try:
        return client.set("key", "after")
    except (RedisError, OSError):
        return False


def configuration(registry, member):
    return (registry._root / "valkey-cluster" / member / "valkey.conf").read_text()


def test_sentinels_name_the_primary_and_its_replica(registry):
    from redis.sentinel import Sentinel

    running = up(registry, sentinel.SERVICE)
    access, _, path = running.address.removeprefix("redis+sentinel://:").partition("@")
    hosts, _, name = path.partition("/")
    addresses = [(host.split(":")[0], int(host.split(":")[1])) for host in hosts.split(",")]

    watch = Sentinel(addresses, sentinel_kwargs={"password": access}, password=access)

    assert watch.master_for(name).set("k", "v")
    assert len(watch.discover_slaves(name)) == 1
    assert len(running.members) == 5


def test_etcd_keeps_a_key(registry):
    address = up(registry, etcd.SERVICE).address

    get(f"{address}/v3/kv/put", json.dumps({"key": "aw==", "value": "dg=="}).encode())

    assert json.loads(get(f"{address}/v3/kv/range", b'{"key": "aw=="}'))["kvs"][0]["value"] == "dg=="


def test_s3_keeps_an_object(registry):
    boto3 = pytest.importorskip("boto3")
    address = up(registry, s3.SERVICE).address
    client = boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )

    client.create_bucket(Bucket="media")
    client.put_object(Bucket="media", Key="a.png", Body=b"picture")

    assert client.get_object(Bucket="media", Key="a.png")["Body"].read() == b"picture"


class Upstream(ThreadingHTTPServer):
    """An API process that says who it is, and counts how often it was asked."""

    def __init__(self, name):
        self.name, self.asked = name, 0
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked += 1
        body = self.server.name.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=600" if self.path == "/kept" else "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_envoy_balances_what_changes_and_keeps_what_may_be_kept(registry):
    address = up(registry, envoy.SERVICE).address
    upstreams = [Upstream("one"), Upstream("two")]
    try:
        with pytest.raises(urllib.error.HTTPError, match="503"):
            get(address)
        envoy.route(registry._root / "envoy" / "envoy", [upstream.server_port for upstream in upstreams])
        while not answers(address):
            pass

        assert sorted(get(f"{address}/new") for _ in range(10)) == [b"one"] * 5 + [b"two"] * 5

        before = sum(upstream.asked for upstream in upstreams)
        assert len({get(f"{address}/kept") for _ in range(10)}) == 1
        assert sum(upstream.asked for upstream in upstreams) == before + 1
    finally:
        for upstream in upstreams:
            upstream.shutdown()
            upstream.server_close()


def answers(url):
    try:
        return get(url)
    except urllib.error.HTTPError:
        return None


def test_all_of_them_run_side_by_side_and_leave_nothing(registry):
    outcomes = {}

    registry.up(catalogue.named(("all",)), lambda service, outcome: outcomes.update({service.name: outcome}))

    for service in catalogue.SERVICES:
        assert isinstance(outcomes[service.name], BadInput if service.missing() else Running), outcomes[service.name]
    running = registry.ps()
    assert all(one.is_whole for one in running)
    assert {one.name for one in running} == {name for name, found in outcomes.items() if isinstance(found, Running)}

    registry.down()

    for one in running:
        port = int(one.address.partition("?")[0].rsplit(":", 1)[1].split("/")[0])
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1)
    assert registry.ps() == ()
