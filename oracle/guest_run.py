# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One boot of vmrecord's guest in QEMU, and what came back over its serial ports."""
import dataclasses
import os
import subprocess
import threading
import time

from debian import Failed


@dataclasses.dataclass(frozen=True)
class Machine:
    """How QEMU plays a computer of one architecture."""
    qemu: str
    board: str
    cpu: str          # emulated
    console: str      # the kernel's name of the first serial port
    first_port: int   # N of the first ttySN that is not the console
    port: str         # the option that adds such a port; {} is its chardev


# The plainest CPU is the fastest: vector instructions and page-table features are emulated at a cost, and no verdict
# depends on them, but on arm64 on large-system atomics (v8.1), which arenas need.
MACHINES = {
    "amd64": Machine("qemu-system-x86_64", "pc", "qemu64", "ttyS0", 1, "-serial chardev:{}"),
    "arm64": Machine("qemu-system-aarch64", "virt", "neoverse-n1", "ttyAMA0", 0, "-device pci-serial,chardev={}"),
}

KVM_PATIENCE = 20  # seconds for a guest to come up; a nested KVM may start one and leave it hanging


class Port(threading.Thread):
    """Reads one serial port of the guest and files its lines under their objects."""

    def __init__(self, pipe, boot):
        super().__init__(daemon=True)
        self.pipe, self.boot, self.now = pipe, boot, None
        self.start()

    def run(self):
        for raw in self.pipe:
            line = raw.decode(errors="replace").rstrip("\r\n")
            word = line.split()
            self.boot.heard = time.monotonic()
            if line.startswith("#boot "):
                self.boot.came_up = time.monotonic() - self.boot.started
                self.boot.release = word[2]
            elif line.startswith("#begin "):
                self.now = int(word[1])
                self.boot.records[self.now] = []
                self.boot.begun[self.now] = time.monotonic()
            elif line.startswith("#end "):
                self.boot.ended[int(word[1])] = int(word[2])
                self.boot.seconds[int(word[1])] = time.monotonic() - self.boot.begun[int(word[1])]
                self.now = None
            elif self.now is not None and line.startswith("{"):
                self.boot.records[self.now].append(line)


class Boot:
    """One run of the guest: which objects it began and ended (with which status), and their records."""

    def __init__(self):
        self.records, self.begun, self.ended, self.seconds = {}, {}, {}, {}
        self.came_up, self.release, self.started = None, None, time.monotonic()
        self.heard = self.started  # when the guest last said anything

    @property
    def died_on(self):
        return [i for i in self.begun if i not in self.ended]

    def go(self, arch, kernel, initramfs, cpus, memory, console, deadline, patience, kvm, cx16, mitigations):
        """Boot and record until the guest is done, silent for `patience` seconds, or the deadline has come.

        cx16: whether an emulated amd64 CPU has cmpxchg16b. QEMU 7.2 corrupts the flags in it, which kills or hangs a
        kernel now and then, so hide it from kernels that can do without."""
        machine = MACHINES[arch]
        # Without mitigations the guest is quicker; the verifier leaves out its Spectre checks then, as it does for root.
        # An emulated clock is late where the machine is busy: no check of the timer.
        command = [f"console={machine.console}", "panic=-1", "oops=panic", "nokaslr", "nowatchdog", "loglevel=4",
                   "rcupdate.rcu_expedited=1", "no_timer_check"] + (["mitigations=off"] if not mitigations else [])
        cpu = machine.cpu + (",-cx16" if arch == "amd64" and not cx16 else "")
        accel = ["-accel", "kvm", "-cpu", "host"] if kvm else ["-accel", "tcg,thread=multi", "-cpu", cpu]
        pipes, serial = [], []
        for _ in range(cpus):
            r, w = os.pipe()
            pipes.append((r, w))
            serial += ["-chardev", f"file,id=r{w},path=/dev/fd/{w}", *machine.port.format(f"r{w}").split()]
        try:
            vm = subprocess.Popen(
                [machine.qemu, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", machine.board,
                 *accel, "-smp", str(cpus), "-m", str(memory), "-kernel", str(kernel), "-initrd", str(initramfs),
                 "-append", " ".join(command), "-serial", f"file:{console}", *serial],
                stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL if kvm else None,  # it complains of a KVM that it cannot use
                pass_fds=[w for _, w in pipes])
        except FileNotFoundError:
            raise Failed(f"no {machine.qemu}") from None
        ports = []
        for r, w in pipes:
            os.close(w)
            ports.append(Port(os.fdopen(r, "rb"), self))
        try:
            while vm.poll() is None and time.monotonic() < min(deadline, self.heard + patience):
                if kvm and self.came_up is None and time.monotonic() > self.started + KVM_PATIENCE:
                    break
                time.sleep(0.2)
        finally:
            if vm.poll() is None:
                vm.kill()
                vm.wait()
        for p in ports:
            p.join(10)
        self.took = time.monotonic() - self.started
