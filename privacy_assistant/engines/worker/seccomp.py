"""seccomp: a filter in the kernel that refuses system calls, for a process that computes and does nothing else.

What is refused is named; the rest is allowed, because native libraries need what they need. Calls that are newer than
this list are told to be unknown, which every library copes with. Made for x86_64 and aarch64; the numbers are those of
`asm/unistd_64.h` and `asm-generic/unistd.h`. A filter cannot be taken away again, and threads inherit it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_CALLS = """
socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242,
execve 59 221, execveat 322 281, fork 57 -, vfork 58 -,
ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, process_madvise 440 440, process_mrelease 448 448,
pidfd_open 434 434, pidfd_getfd 438 438, pidfd_send_signal 424 424, kcmp 312 272, tkill 200 130,
rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240,
io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427, bpf 321 280, perf_event_open 298 241,
userfaultfd 323 282, keyctl 250 219, add_key 248 217, request_key 249 218,
inotify_init 253 -, inotify_init1 294 26, inotify_add_watch 254 27, fanotify_init 300 262,
kexec_load 246 104, kexec_file_load 320 294, init_module 175 105, finit_module 313 273, delete_module 176 106,
reboot 169 142, syslog 103 116, acct 163 89, swapon 167 224, swapoff 168 225, iopl 172 -, ioperm 173 -,
modify_ldt 154 -, settimeofday 164 170, clock_settime 227 112, clock_adjtime 305 266, adjtimex 159 171,
sethostname 170 161, setdomainname 171 162, quotactl 179 60, quotactl_fd 443 443, vhangup 153 58,
lookup_dcookie 212 18, capset 126 91,
mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, unshare 272 97, setns 308 268, mount_setattr 442 442,
move_mount 429 429, open_tree 428 428, fsopen 430 430, fsconfig 431 431, fsmount 432 432, fspick 433 433,
open_by_handle_at 304 265, name_to_handle_at 303 264, mknod 133 -, mknodat 259 33,
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, lchown 94 -, fchown 93 55, fchownat 260 54,
setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16,
truncate 76 45, utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -,
link 86 -, linkat 265 37, unlink 87 -, unlinkat 263 35, rename 82 -, renameat 264 38, renameat2 316 276,
mkdir 83 -, mkdirat 258 34, rmdir 84 -, symlink 88 -, symlinkat 266 36, creat 85 -,
shmget 29 194, shmat 30 196, shmctl 31 195, semget 64 190, semop 65 193, semtimedop 220 192, semctl 66 191,
msgget 68 186, msgsnd 69 189, msgrcv 70 188, msgctl 71 187, mq_open 240 180, mq_unlink 241 181
"""
"""Sockets; other programs and processes; other processes' memory and signals; what makes the kernel itself larger to
attack; the machine; watching folders; mounts; names, owners and dates of files, which Landlock says little or nothing
about; System V's and POSIX's ways from process to process. Each with its number on x86_64 and aarch64, "-" where it has
none."""

_JUDGED = {"clone": (56, 220), "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "fcntl": (72, 25)}
"""Calls that are refused by what they are given."""

_CLONE3 = 435
"""Its flags lie behind a pointer, where a filter does not see them; the library takes `clone` instead."""
_FIRST_UNKNOWN = 463
"""mseal (462) is the newest that was looked at."""

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_SET_MODE_FILTER = 1
_ALL_THREADS, _SPECULATION_AS_BEFORE = 1, 4
"""Without the second, kernels before 5.16 make every computation of this process slower."""
_SECCOMP = (317, 277)
_CLONE_THREAD = 0x00010000
_SET_OWNER, _SET_OWNER_EXTENDED = 8, 15

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT, _SECOND_ARGUMENT_AT = 0, 4, 16, 24
_ALLOW, _KILL_PROCESS, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSED, _UNKNOWN = _ERROR | errno.EPERM, _ERROR | errno.ENOSYS

_Step = tuple[int, int, int, int]
"""A step of the filter's program: what, how far to jump if true, if false, and with which number."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def refuse_calls() -> None:
    """Put the filter on every thread of this process. Needs no_new_privs. Raises OSError where it cannot be done."""
    machine = platform.machine()
    if machine not in _ARCHITECTURES or struct.calcsize("P") != 8:
        raise OSError(f"no filter was made for {machine}")
    column, architecture = _ARCHITECTURES[machine]
    raw = b"".join(struct.pack("<HBBI", *step) for step in program(column, architecture, os.getpid()))
    given = _Program(len(raw) // 8, raw)
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    for flags in (_ALL_THREADS | _SPECULATION_AS_BEFORE, _ALL_THREADS):
        done = library.syscall(*map(ctypes.c_long, (_SECCOMP[column], _SET_MODE_FILTER, flags)), ctypes.byref(given))
        if done == 0:
            return
    error = ctypes.get_errno()
    raise OSError(error, os.strerror(error) if done < 0 else "a thread could not be bound")


def numbers(column: int) -> dict[str, int]:
    """The refused calls of an architecture (0: x86_64, 1: aarch64) and their numbers."""
    rows = (row.split() for row in _CALLS.split(","))
    return {row[0]: int(row[1 + column]) for row in rows if row[1 + column] != "-"}


def program(column: int, architecture: int, own_pid: int) -> list[_Step]:
    """The filter: what comes in is a call's number, its architecture, and its arguments as they are in registers."""
    steps: list[_Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, 0, 1, _FIRST_UNKNOWN),  # those of x32 are above it, too
        (_RETURN, 0, 0, _UNKNOWN),
        (_IF_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _UNKNOWN),
    ]
    for number in numbers(column).values():
        steps += [(_IF_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSED)]
    tests = {
        "clone": (_IF_ANY_BIT, _CLONE_THREAD),
        "kill": (_IF_EQUAL, own_pid),
        "tgkill": (_IF_EQUAL, own_pid),
        "prlimit64": (_IF_EQUAL, 0),
    }
    for name, (test, value) in tests.items():
        steps += [
            (_IF_EQUAL, 0, 4, _JUDGED[name][column]),
            (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),  # its lower half: flags and processes have 32 bits
            (test, 1, 0, value),
            (_RETURN, 0, 0, _REFUSED),
            (_RETURN, 0, 0, _ALLOW),
        ]
    steps += [
        (_IF_EQUAL, 0, 4, _JUDGED["fcntl"][column]),
        (_LOAD, 0, 0, _SECOND_ARGUMENT_AT),
        (_IF_EQUAL, 1, 0, _SET_OWNER),  # whom the kernel signals when something comes
        (_IF_EQUAL, 0, 1, _SET_OWNER_EXTENDED),
        (_RETURN, 0, 0, _REFUSED),
    ]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]
