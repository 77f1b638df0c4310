"""The few things we do to a disk, each in the one way that survives.

Law of the room: files are 0600 and folders 0700 whatever the umask; symbolic links are not followed; a
short write is finished; a failed flush is never tried again. An OSError leaves as a StateError that names
the folder.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from automated_trading.domain.errors import StateError

_ADVICE = {
    errno.ENOSPC: "free some space on its disk",
    errno.EDQUOT: "free some of the disk quota",
    errno.EFBIG: "raise the limit on file sizes",
    errno.EROFS: "make its disk writable",
    errno.EACCES: "let this user read and write it",
    errno.EPERM: "let this user read and write it",
    errno.ELOOP: "put a real file in place of the symbolic link",
    errno.ENOTDIR: "name a folder, not a file",
    errno.EIO: "check the disk",
}
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


@contextmanager
def told(folder: Path, doing: str) -> Iterator[None]:
    """Turn an OSError of the block into a StateError: `doing` ("write"), the folder, what to do."""
    try:
        yield
    except OSError as problem:
        what = problem.strerror or str(problem)
        advice = _ADVICE.get(problem.errno or 0, "check the folder and its disk")
        raise StateError(f"cannot {doing} in {folder}: {what}; {advice}, then run again") from problem


def make_folder(folder: Path) -> None:
    """Make a folder and the missing ones above it."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
        os.chmod(folder, 0o700)
        sync_folder(folder.parent)
    os.stat(f"{folder}/.")  # says so if a file stands in its place


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def create(path: Path, flags: int = os.O_WRONLY) -> int:
    """A descriptor on a new file; FileExistsError if the name is taken."""
    fd = os.open(path, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(fd, 0o600)
    return fd


def write_all(fd: int, data: bytes) -> None:
    """Write everything, however the system slices it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def open_regular(path: Path, flags: int) -> int:
    """A descriptor on an existing plain file; OSError if it is anything else."""
    fd = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, f"{path.name} is not a plain file")
    return fd


def read_whole(path: Path, most: int) -> bytes:
    """A plain file's bytes; OSError if it is not one or is larger than `most` bytes."""
    with os.fdopen(open_regular(path, os.O_RDONLY), "rb") as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"{path.name} is too large")
        return file.read()


def replace(path: Path, data: bytes, *, flush: bool) -> None:
    """Put a whole new file in the place of `path`, durably if `flush`. A failure leaves the old one."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    fd = create(new)
    try:
        try:
            write_all(fd, data)
            if flush:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            os.unlink(new)
        raise
    if flush:
        sync_folder(path.parent)


def sweep(path: Path) -> None:
    """Remove what a killed `replace` of `path` left half written."""
    for stale in path.parent.glob(f".{path.name}.*.tmp"):
        with suppress(FileNotFoundError):
            os.unlink(stale)


def link(path: Path, name: Path) -> bool:
    """Give a file a second name, if it has not got it already; False on a disk that knows no links.

    FileExistsError if the name is another file's.
    """
    try:
        os.link(path, name, follow_symlinks=False)
    except FileExistsError:
        if not same_file(path, name):
            raise
    except OSError as problem:
        if problem.errno in _NO_LINKS:
            return False
        raise
    return True


def move(path: Path, folder: Path) -> None:
    """Move a file into another folder of the same disk; FileExistsError if its name is another file's there."""
    target = folder / path.name
    if not os.path.lexists(target):
        os.replace(path, target)
    elif same_file(path, target):
        os.unlink(path)  # a rename of a file onto itself would leave both names
    else:
        raise FileExistsError(errno.EEXIST, f"{target.name} is there already")


def same_file(path: Path, other: Path) -> bool:
    """Whether two names are one file's; symbolic links are files of their own."""
    return os.path.samestat(os.lstat(path), os.lstat(other))
