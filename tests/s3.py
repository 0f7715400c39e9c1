"""A real S3 server for tests: Ceph's gateway with one monitor and one store in memory, all on loopback, no systemd."""

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from imaging.settings import S3Settings

PROGRAMS = ("ceph", "ceph-authtool", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin")
PACKAGES = "ceph-common ceph-mon ceph-osd radosgw"
ACCESS_KEY, SECRET_KEY = "testkey", "testsecret"

CONF = """[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth allow insecure global id reclaim = false
keyring = {folder}/keyring
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
log file = {folder}/log/$name.log
mon data = {folder}/mon
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 8G
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
osd crush update on start = false
osd fast shutdown = true
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
ms bind msgr1 = false
ms bind port min = {osd_port}
ms bind port max = {osd_port_max}
paxos propose interval = 0.02
paxos min wait = 0.01
osd mon report interval = 1
osd heartbeat interval = 1
osd client watch timeout = 1
osd tick interval = 1
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw cache enabled = false
rgw thread pool size = 64
rgw enable usage log = false
# a gateway that is killed while it joins parts leaves them locked for so many seconds, by default 600
rgw mp lock max time = 10
rgw gc max objs = 1
rgw lc max objs = 1
rgw usage max shards = 1
rgw data log num shards = 1
rgw md log max shards = 1
rgw override bucket index max shards = 1
"""


@dataclass
class S3Server:
    """A running server; `url` has no slash at its end."""

    folder: Path
    port: int
    env: dict[str, str]
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def gateway(self) -> subprocess.Popen[bytes]:
        return self.daemons[-1]

    def client(self) -> Any:  # Any: the SDK makes its classes when it runs
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY, "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.url, config=Config(s3={"addressing_style": "path"}), **keys)

    def settings(self, **others: Any) -> S3Settings:
        """A new bucket, and the settings to use it."""
        bucket = f"b-{uuid.uuid4().hex}"
        client = self.client()
        client.create_bucket(Bucket=bucket)
        client.close()
        told = {"access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY, "region": "us-east-1"}
        return S3Settings(bucket=bucket, endpoint_url=self.url, **(told | others))

    def stop_gateway(self) -> None:
        """Kill the part that speaks HTTP; what is stored stays."""
        self.gateway.kill()
        self.daemons.pop().wait()

    def start_gateway(self) -> None:
        self._daemon("radosgw", "-f", "-n", "client.rgw")
        _wait_until(lambda: urllib.request.urlopen(self.url, timeout=5), "the gateway answers")

    def start(self) -> None:
        fsid, keyring = str(uuid.uuid4()), str(self.folder / "keyring")
        mon_port, osd_port = next(_free_ranges(12)), next(_free_ranges(8))
        for name in ("mon", "osd", "run", "log"):
            (self.folder / name).mkdir(parents=True)
        places = {"folder": self.folder, "port": self.port, "mon_port": mon_port, "osd_port": osd_port}
        conf = CONF.format(fsid=fsid, osd_port_max=osd_port + 7, **places)
        (self.folder / "ceph.conf").write_text(conf)
        for name, caps in _KEYS.items():
            self._run("ceph-authtool", keyring, *_made(keyring), "--gen-key", "-n", name, *caps)
        monmap = str(self.folder / "monmap")
        self._run("monmaptool", "--create", "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", "--fsid", fsid, monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self._daemon("ceph-mon", "-f", "-i", "a")
        osd = str(uuid.uuid4())
        self._run("ceph", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._run("ceph", "osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")
        self._daemon("ceph-osd", "-f", "-i", "0")
        _wait_until(
            lambda: json.loads(self._run("ceph", "osd", "stat", "-f", "json"))["num_up_osds"], "the store is up"
        )
        keys = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
        self._run("radosgw-admin", "user", "create", "--uid=test", "--display-name=test", "--max-buckets=0", *keys)
        self.start_gateway()

    def stop(self) -> None:
        """End everything, in the order in which nobody waits for somebody who is gone."""
        for daemon in reversed(self.daemons):
            daemon.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(2)
            daemon.kill()
            daemon.wait()

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _daemon(self, *command: str) -> None:
        # Who is killed while tests run takes them along; so does the end of the thread that started them.
        with (self.folder / "log" / f"{command[0]}.out").open("ab") as log:
            wrapped = ("setpriv", "--pdeathsig", "KILL", *command)
            self.daemons.append(subprocess.Popen(wrapped, env=self.env, stdout=log, stderr=log))


_KEYS = {
    "mon.": ("--cap", "mon", "allow *"),
    "client.admin": ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"),
    "client.rgw": ("--cap", "mon", "allow rwx", "--cap", "osd", "allow rwx"),
    "osd.0": ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"),
}


@contextlib.contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """Run a server with its files in a new folder; without its programs this fails and says what to install."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    assert not missing, f"{', '.join(missing)} not found; as root: apt-get install --no-install-recommends {PACKAGES}"
    conf = str(folder / "ceph.conf")
    env = os.environ | {"CEPH_CONF": conf, "CEPH_ARGS": f"-c {conf}"}
    server = S3Server(folder, next(_free_ranges(1)), env)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def _made(keyring: str) -> tuple[str, ...]:
    return () if Path(keyring).exists() else ("--create-keyring",)


def _free_ranges(length: int) -> Iterator[int]:
    """Yield first ports of runs of free ones, beginning where the system would."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            first = int(probe.getsockname()[1])
        if first + length < 65_536 and all(_is_free(port) for port in range(first, first + length)):
            yield first


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _wait_until(true: Any, what: str, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    for _ in itertools.count():
        with contextlib.suppress(OSError):
            if true():
                return
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.05)
