-- What the kernel is asked for, by the C library. A call that fails answers nil and the number of its error.
local ffi = require 'ffi'
local bit = require 'bit'
local C = ffi.C

ffi.cdef [[
typedef struct { int64_t sec; uint32_t nsec; int32_t reserved; } statx_time;
typedef struct {
  uint32_t mask, blksize; uint64_t attributes; uint32_t nlink, uid, gid; uint16_t mode, pad;
  uint64_t ino, size, blocks, attributes_mask; statx_time atime, btime, ctime, mtime;
  uint32_t rdev_major, rdev_minor, dev_major, dev_minor; uint64_t spare[14];
} statx_out;
typedef struct { int64_t sec, nsec; } timespec64;
typedef struct { uint64_t flags, mode, resolve; } open_how;
typedef struct { unsigned long bsize, frsize, blocks, bfree, bavail, files, ffree, favail, fsid, flag, namemax; int spare[6]; } statvfs_out;
long openat2(long number, int folder, const char *name, open_how *how, size_t size) __asm__("syscall");
long renameat2(long number, int folder, const char *name, int new_folder, const char *new_name, unsigned flags) __asm__("syscall");
long getdents64(long number, int fd, void *to, size_t size) __asm__("syscall");
int openat(int folder, const char *name, int flags, unsigned mode);
int close(int fd);
int64_t read(int fd, void *to, size_t size);
int64_t write(int fd, const void *from, size_t size);
int64_t pread(int fd, void *to, size_t size, int64_t offset);
int64_t pwrite(int fd, const void *from, size_t size, int64_t offset);
int64_t lseek(int fd, int64_t offset, int whence);
int fsync(int fd);
int fdatasync(int fd);
int ftruncate(int fd, int64_t size);
int statx(int folder, const char *name, int flags, unsigned mask, statx_out *out);
int fstatvfs(int fd, statvfs_out *out);
int64_t readlinkat(int folder, const char *name, char *to, size_t size);
int symlinkat(const char *target, int folder, const char *name);
int mknodat(int folder, const char *name, unsigned mode, uint64_t device);
int mkdirat(int folder, const char *name, unsigned mode);
int unlinkat(int folder, const char *name, int flags);
int linkat(int folder, const char *name, int new_folder, const char *new_name, int flags);
int chmod(const char *path, unsigned mode);
int utimensat(int folder, const char *name, const timespec64 times[2], int flags);
int clock_gettime(int clock, timespec64 *out);
int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *options);
int umount2(const char *target, int flags);
]]

local isArm = ffi.arch == 'arm64'
local M = {
  ENOENT = 2, EPERM = 1, EIO = 5, EINTR = 4, EAGAIN = 11, EACCES = 13, ENODEV = 19, EINVAL = 22, ELOOP = 40, ENOSYS = 38,
  O_ACCMODE = 3, O_WRONLY = 1, O_CREAT = 0x40, O_EXCL = 0x80, O_TRUNC = 0x200, O_APPEND = 0x400, O_NONBLOCK = 0x800,
  O_CLOEXEC = 0x80000, O_PATH = 0x200000, O_SYNC = 0x101000,
  O_DIRECTORY = isArm and 0x4000 or 0x10000, O_NOFOLLOW = isArm and 0x8000 or 0x20000,
  S_IFMT = 0xf000, S_IFDIR = 0x4000, S_IFLNK = 0xa000,
  UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe,
}

local AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_REMOVEDIR = -100, 0x100, 0x1000, 0x200
local STATX_BASIC = 0x7ff
local SYS_openat2, SYS_renameat2, SYS_getdents64 = 437, isArm and 276 or 316, isArm and 61 or 217
-- Neither links nor `..` nor another mount: what is below a share is of the share.
local RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV = 8, 4, 1

local function checked(result)
  if result < 0 then return nil, ffi.errno() end
  return tonumber(result)
end

function M.open(path, flags) return checked(C.openat(AT_FDCWD, path, bit.bor(flags, M.O_CLOEXEC), 0)) end
function M.openat(folder, name, flags, mode) return checked(C.openat(folder, name, bit.bor(flags, M.O_CLOEXEC), mode or 0)) end
function M.close(fd) return checked(C.close(fd)) end

local how = ffi.new('open_how', { flags = bit.bor(M.O_PATH, M.O_DIRECTORY, M.O_CLOEXEC), resolve = bit.bor(RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS, RESOLVE_NO_XDEV) })
-- A folder somewhere below another one, as something to start names from.
function M.folder(root, path)
  return checked(C.openat2(SYS_openat2, root, path, how, ffi.sizeof(how)))
end

local out = ffi.new('statx_out')
function M.stat(folder, name)
  if C.statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC, out) < 0 then return nil, ffi.errno() end
  return out
end
function M.fstat(fd)
  if C.statx(fd, '', AT_EMPTY_PATH, STATX_BASIC, out) < 0 then return nil, ffi.errno() end
  return out
end

function M.read(fd, to, size) return checked(C.read(fd, to, size)) end
function M.write(fd, from, size) return checked(C.write(fd, from, size)) end

-- All of it, or up to the file's end.
function M.pread(fd, to, size, offset)
  local done = 0
  while done < size do
    local count = tonumber(C.pread(fd, to + done, size - done, offset + done))
    if count < 0 then return nil, ffi.errno() end
    if count == 0 then break end
    done = done + count
  end
  return done
end
function M.pwrite(fd, from, size, offset)
  local done = 0
  while done < size do
    local count = tonumber(C.pwrite(fd, from + done, size - done, offset + done))
    if count < 0 then return nil, ffi.errno() end
    done = done + count
  end
  return done
end

function M.seek(fd, offset) return checked(C.lseek(fd, offset, 0)) end
function M.entries(fd, to, size) return checked(C.getdents64(SYS_getdents64, fd, to, size)) end
function M.sync(fd, isDataOnly) return checked(isDataOnly and C.fdatasync(fd) or C.fsync(fd)) end
function M.truncate(fd, size) return checked(C.ftruncate(fd, size)) end
function M.readlink(folder, name, to, size) return checked(C.readlinkat(folder, name, to, size)) end
function M.symlink(target, folder, name) return checked(C.symlinkat(target, folder, name)) end
function M.mknod(folder, name, mode, device) return checked(C.mknodat(folder, name, mode, device)) end
function M.mkdir(folder, name, mode) return checked(C.mkdirat(folder, name, mode)) end
function M.unlink(folder, name) return checked(C.unlinkat(folder, name, 0)) end
function M.rmdir(folder, name) return checked(C.unlinkat(folder, name, AT_REMOVEDIR)) end
function M.link(folder, name, newFolder, newName) return checked(C.linkat(folder, name, newFolder, newName, 0)) end
function M.rename(folder, name, newFolder, newName, flags) return checked(C.renameat2(SYS_renameat2, folder, name, newFolder, newName, flags)) end
-- By /proc, which leads to what is open and never follows a link that it may be.
function M.chmod(fd, mode) return checked(C.chmod('/proc/self/fd/' .. fd, mode)) end
function M.utimes(folder, name, times) return checked(C.utimensat(folder, name, times, AT_SYMLINK_NOFOLLOW)) end
function M.statvfs(fd, to) return checked(C.fstatvfs(fd, to)) end
function M.mount(...) return checked(C.mount(...)) end
function M.unmount(target) return checked(C.umount2(target, 2)) end

local now = ffi.new('timespec64')
-- Seconds of a clock that never jumps; precise to some milliseconds, for which the kernel is not entered.
function M.clock()
  C.clock_gettime(6, now)
  return tonumber(now.sec) + tonumber(now.nsec) / 1e9
end

return M
