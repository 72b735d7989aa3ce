"""A real Slurm of two virtual nodes on this machine: no systemd, no accounting, loopback only.

Needs root, and Debian's slurmctld, slurmd, slurm-client and munge; everything it writes lies in one
folder, but for a link in /etc/slurm that jobs find it by. As a command it runs another command
beside it: `python tests/cluster/mini_slurm.py snakemake --workflow-profile profiles/slurm grid`.
"""

import argparse
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
COMMANDS = ("slurmctld", "slurmd", "sbatch", "srun", "munged")
NODES = ("n1", "n2")
NODE_CPUS = 1
NODE_MEMORY_MB = 6000
LINK = Path("/etc/slurm/slurm.conf")
LOCK = Path(tempfile.gettempdir()) / "micfp-slurm.lock"
START_S = 30

CONFIG = """\
ClusterName=micfp
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
{limits}
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/log/jobs.txt
MinJobAge=300
ReturnToService=2
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
    "CPUs={cpus} RealMemory={mb}\n"
)
PARTITION = "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"
CGROUP_LIMITS = "ProctrackType=proctrack/cgroup\nTaskPlugin=task/cgroup"
# Where no cgroups may be made, Slurm looks at the memory of its jobs every second.
POLLED_LIMITS = (
    "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
    "JobAcctGatherType=jobacct_gather/linux\nJobAcctGatherFrequency=task=1\n"
    "JobAcctGatherParams=OverMemoryKill"
)


class NoSlurmError(Exception):
    """Why no Slurm can be started here, in a sentence."""


class MiniSlurm:
    """Daemons of one Slurm; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        """folder: a fresh one, for configuration, state and logs."""
        self.folder = folder
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "MiniSlurm":
        require()
        self._alone = open(LOCK, "w")
        try:
            fcntl.flock(self._alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise NoSlurmError("another Slurm of these tests runs here; wait for it") from None
        try:
            self._configure()
            self._munge()
            self._start("slurmctld", "slurmctld", "-D", "-f", str(self.config))
            for node in NODES:
                self.start_node(node)
            self.wait_for_nodes()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.config.exists():
            with contextlib.suppress(subprocess.SubprocessError):
                self.scancel("--user=root", "--signal=KILL")
        for node in NODES:
            if node in self._daemons:
                self.kill_node(node)
        for name in list(self._daemons):
            self._stop(name)
        if LINK.is_symlink() and LINK.readlink() == self.config:
            LINK.unlink()
        self._alone.close()

    @property
    def config(self) -> Path:
        """Its slurm.conf."""
        return self.folder / "micfp-slurm.conf"

    def _configure(self) -> None:
        for name in ("state", "log", "spool", "munge"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        host = socket.gethostname().split(".")[0]
        ports = _free_ports(1 + len(NODES))
        limits = CGROUP_LIMITS if cgroups_usable() else POLLED_LIMITS
        text = CONFIG.format(host=host, ports=ports, folder=self.folder, limits=limits)
        for name, port in zip(NODES, ports[1:], strict=True):
            text += NODE.format(name=name, host=host, port=port, cpus=NODE_CPUS, mb=NODE_MEMORY_MB)
        self.config.write_text(text + PARTITION)
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nConstrainRAMSpace=yes\n")
        # The executor's jobs call srun without SLURM_CONF: it must stand where srun looks for it.
        LINK.parent.mkdir(exist_ok=True)
        if LINK.is_symlink():
            LINK.unlink()
        LINK.symlink_to(self.config)

    def _munge(self) -> None:
        folder = self.folder / "munge"
        key = folder / "key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        self._start(
            "munged",
            *("munged", "--foreground", "--force"),
            *("--key-file", str(key), "--socket", str(folder / "socket")),
            *("--pid-file", str(folder / "pid"), "--seed-file", str(folder / "seed")),
            *("--log-file", str(folder / "log")),
        )
        end = time.monotonic() + START_S
        while not (folder / "socket").exists():
            if time.monotonic() > end:
                raise NoSlurmError(f"munged did not start; see {self.folder}/log/munged.out")
            time.sleep(0.05)

    def _start(self, name: str, *command: str) -> None:
        with open(self.folder / "log" / f"{name}.out", "ab") as out:
            self._daemons[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _stop(self, name: str) -> None:
        daemon = self._daemons.pop(name)
        daemon.terminate()
        try:
            daemon.wait(timeout=10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def start_node(self, node: str) -> None:
        """Start the daemon of a node."""
        self._start(node, "slurmd", "-D", "-f", str(self.config), "-N", node)

    def kill_node(self, node: str) -> None:
        """Kill a node as a power cut would: its daemon and every process of its jobs."""
        daemon = self._daemons.pop(node)
        daemon.kill()
        daemon.wait()
        jobs = self._said("squeue", "--noheader", f"--nodelist={node}", "--format=%A").split()
        kill(pid for job in jobs for pid in job_processes(job))

    def declare_down(self, node: str) -> None:
        """Say at once what Slurm would find out after SlurmdTimeout."""
        self._said("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")

    def wait_for_nodes(self) -> None:
        """Wait until every node answers and has nothing to do."""
        end = time.monotonic() + START_S
        while True:
            said = self._said("sinfo", "--noheader", "--Node", "--states=idle", "--format=%N")
            if set(said.split()) == set(NODES):
                return
            if time.monotonic() > end:
                raise NoSlurmError(f"the nodes are not ready:\n{self._said('sinfo', '-N', '-l')}")
            time.sleep(0.2)

    def running(self) -> list[dict[str, str]]:
        """Jobs that run now: `id`, `node`, and `rule`, which its name or its comment gives."""
        said = self._said("squeue", "--noheader", "--states=running", "--format=%A|%N|%j|%k")
        rows = [line.split("|") for line in said.splitlines()]
        return [
            {"id": job, "node": node, "rule": _rule(name, comment)}
            for job, node, name, comment in rows
        ]

    def wait_for_jobs(self) -> None:
        """Wait until no job waits or runs."""
        while self._said("squeue", "--noheader"):
            time.sleep(0.2)

    def scancel(self, *arguments: str) -> None:
        """Call Slurm's scancel."""
        self._said("scancel", *arguments)

    def ended(self) -> list[dict[str, str]]:
        """What Slurm wrote down of each job that ended: JobId, JobState, NodeList and more."""
        file = self.folder / "log" / "jobs.txt"
        lines = file.read_text().splitlines() if file.exists() else []
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def _said(self, *command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        return done.stdout


def require() -> None:
    """Install what is needed where that may be done; NoSlurmError where it may not."""
    if os.geteuid() != 0:
        raise NoSlurmError("starting a Slurm needs root")
    if LINK.exists() and not _own(LINK):
        raise NoSlurmError(f"this machine has a Slurm already ({LINK})")
    if all(map(shutil.which, COMMANDS)):
        return
    if not Path("/etc/debian_version").exists():
        raise NoSlurmError(f"no Slurm here: install {', '.join(PACKAGES)}")
    quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True}
    wait = ("-o", "DPkg::Lock::Timeout=300")  # another test may install, too
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run(["apt-get", "-qq", *wait, *command], text=True, timeout=600, **quiet)
        if done.returncode:
            last = (done.stderr.strip() or "it says nothing").splitlines()[-1]
            raise NoSlurmError(f"apt-get could not install {', '.join(PACKAGES)}: {last}")


def _rule(name: str, comment: str) -> str:
    """profiles/slurm names the rule in a job's comment, profiles/cluster-generic in its name."""
    if comment.startswith("rule_"):
        return comment.removeprefix("rule_").split("_wildcards")[0]
    return name.removeprefix("micfp-")


def _own(link: Path) -> bool:
    return link.is_symlink() and link.readlink().name == "micfp-slurm.conf"


def cgroups_usable() -> bool:
    """Whether Slurm can limit a job's memory by the kernel here (control groups, version 1)."""
    try:
        for controller in ("memory", "freezer"):
            probe = Path("/sys/fs/cgroup") / controller / f"micfp-probe-{os.getpid()}"
            probe.mkdir()
            probe.rmdir()
    except OSError:
        return False
    return True


def job_processes(job: str) -> list[int]:
    """Every process of a job of Slurm on this machine: its step daemons and what they started."""
    parents: dict[int, int] = {}
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int(
                (entry / "stat").read_text().rpartition(")")[2].split()[1]
            )
            if (entry / "cmdline").read_text().startswith(f"slurmstepd: [{job}."):
                found.append(int(entry.name))
    for pid in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def kill(pids: Iterable[int]) -> None:
    """Kill processes that may be gone already."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextlib.contextmanager
def started() -> Iterator[MiniSlurm]:
    """A Slurm in a temporary folder."""
    with (
        tempfile.TemporaryDirectory(prefix="micfp-slurm-") as folder,
        MiniSlurm(Path(folder)) as slurm,
    ):
        yield slurm


def main() -> int:
    """Run a command beside a Slurm; its status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=Path, help="where Slurm's records of its jobs are put")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="default: bash")
    asked = parser.parse_args()
    with started() as slurm:
        status = subprocess.call(asked.command or ["bash"])
        if asked.jobs:
            slurm.wait_for_jobs()
            asked.jobs.write_text(json.dumps(slurm.ended()))
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoSlurmError as error:
        sys.exit(f"{error}")
