"""A real PostgreSQL server on loopback, with an empty database `micfp`."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_S = 30
# Debian keeps the server's programs out of the path.
PROGRAMS = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]


class NoPostgresqlError(Exception):
    """Why no PostgreSQL can be started here, in a sentence."""


@contextmanager
def started(port: int) -> Iterator[str]:
    """Address of the database while the block runs; NoPostgresqlError where there is no server."""
    where = os.pathsep.join([os.environ["PATH"], *PROGRAMS])
    initdb, postgres = (shutil.which(name, path=where) for name in ("initdb", "postgres"))
    if initdb is None or postgres is None:
        raise NoPostgresqlError("no PostgreSQL server here: install postgresql")
    # It refuses to run as root; Debian's package makes this user.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="micfp-postgresql-") as folder:
        if user is not None:
            try:
                shutil.chown(folder, user)
            except LookupError:
                raise NoPostgresqlError("no user postgres here: install postgresql") from None
        data = f"{folder}/data"
        subprocess.run(
            [initdb, "--pgdata", data, "--username=micfp", "--auth=trust", "--no-sync"],
            user=user,
            cwd=folder,
            check=True,
            capture_output=True,
        )
        server = subprocess.Popen(
            [postgres, "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _make_database(port)
            yield f"postgresql://micfp@127.0.0.1:{port}/micfp"
        finally:
            server.send_signal(signal.SIGINT)  # at once, whoever is still connected
            server.wait(timeout=START_S)


def _make_database(port: int) -> None:
    import psycopg2

    end = time.monotonic() + START_S
    while True:
        try:
            connection = psycopg2.connect(
                host="127.0.0.1", port=port, user="micfp", dbname="postgres"
            )
            break
        except psycopg2.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    connection.autocommit = True  # a database is not made in a transaction
    connection.cursor().execute("create database micfp")
    connection.close()
