-- The words of the kernel's FUSE protocol. @see fuse(4), <linux/fuse.h>
local ffi = require 'ffi'

ffi.cdef [[
typedef struct { uint32_t len, opcode; uint64_t unique, nodeid; uint32_t uid, gid, pid, padding; } fuse_in;
typedef struct { uint32_t len; int32_t error; uint64_t unique; } fuse_out;
typedef struct { uint64_t ino, size, blocks, atime, mtime, ctime; uint32_t atimensec, mtimensec, ctimensec, mode, nlink, uid, gid, rdev, blksize, flags; } fuse_attr;
typedef struct { uint64_t nodeid, generation, entry_valid, attr_valid; uint32_t entry_valid_nsec, attr_valid_nsec; fuse_attr attr; } fuse_entry_out;
typedef struct { uint64_t attr_valid; uint32_t attr_valid_nsec, dummy; fuse_attr attr; } fuse_attr_out;
typedef struct { uint32_t major, minor, max_readahead, flags; } fuse_init_in;
typedef struct { uint32_t major, minor, max_readahead, flags; uint16_t max_background, congestion; uint32_t max_write, time_gran; uint16_t max_pages, alignment; uint32_t flags2, unused[7]; } fuse_init_out;
typedef struct { uint64_t nlookup; } fuse_forget_in;
typedef struct { uint32_t count, dummy; struct { uint64_t nodeid, nlookup; } one[]; } fuse_batch_forget_in;
typedef struct { uint32_t flags, dummy; uint64_t fh; } fuse_getattr_in;
typedef struct { uint32_t valid, padding; uint64_t fh, size, lock_owner, atime, mtime, ctime; uint32_t atimensec, mtimensec, ctimensec, mode, unused4, uid, gid, unused5; } fuse_setattr_in;
typedef struct { uint32_t mode, rdev, umask, padding; char name[]; } fuse_mknod_in;
typedef struct { uint32_t mode, umask; char name[]; } fuse_mkdir_in;
typedef struct { uint64_t newdir; char name[]; } fuse_rename_in;
typedef struct { uint64_t newdir; uint32_t flags, padding; char name[]; } fuse_rename2_in;
typedef struct { uint64_t oldnodeid; char name[]; } fuse_link_in;
typedef struct { uint32_t flags, open_flags; } fuse_open_in;
typedef struct { uint32_t flags, mode, umask, open_flags; char name[]; } fuse_create_in;
typedef struct { uint64_t fh; uint32_t open_flags, padding; } fuse_open_out;
typedef struct { fuse_entry_out entry; fuse_open_out open; } fuse_create_out;
typedef struct { uint64_t fh; uint32_t flags, release_flags; uint64_t lock_owner; } fuse_release_in;
typedef struct { uint64_t fh, offset; uint32_t size, read_flags; uint64_t lock_owner; uint32_t flags, padding; } fuse_read_in;
typedef struct { uint64_t fh, offset; uint32_t size, write_flags; uint64_t lock_owner; uint32_t flags, padding; } fuse_write_in;
typedef struct { uint32_t size, padding; } fuse_write_out;
typedef struct { uint64_t blocks, bfree, bavail, files, ffree; uint32_t bsize, namelen, frsize, padding, spare[6]; } fuse_statfs_out;
typedef struct { uint64_t fh; uint32_t fsync_flags, padding; } fuse_fsync_in;
typedef struct { uint32_t mask, padding; } fuse_access_in;
typedef struct { uint64_t ino, off; uint32_t namelen, type; char name[]; } fuse_dirent;
typedef struct { uint64_t ino; int64_t off; uint16_t reclen; uint8_t type; char name[]; } kernel_dirent;
]]

return {
  LOOKUP = 1, FORGET = 2, GETATTR = 3, SETATTR = 4, READLINK = 5, SYMLINK = 6, MKNOD = 8, MKDIR = 9, UNLINK = 10, RMDIR = 11, RENAME = 12,
  LINK = 13, OPEN = 14, READ = 15, WRITE = 16, STATFS = 17, RELEASE = 18, FSYNC = 20, INIT = 26, OPENDIR = 27, READDIR = 28, RELEASEDIR = 29,
  FSYNCDIR = 30, ACCESS = 34, CREATE = 35, INTERRUPT = 36, DESTROY = 38, BATCH_FORGET = 42, RENAME2 = 45,
  HEADER_IN = ffi.sizeof 'fuse_in', HEADER_OUT = ffi.sizeof 'fuse_out',
  -- Of INIT.
  ASYNC_READ = 0x1, ATOMIC_O_TRUNC = 0x8, BIG_WRITES = 0x20, AUTO_INVAL_DATA = 0x1000, PARALLEL_DIROPS = 0x40000, MAX_PAGES = 0x400000,
  -- Of GETATTR and SETATTR.
  GETATTR_FH = 1, MODE = 1, UID = 2, SIZE = 8, ATIME = 16, MTIME = 32, FH = 64, ATIME_NOW = 128, MTIME_NOW = 256,
  -- Of WRITE: the kernel writes what was written to mapped memory.
  WRITE_CACHE = 1,
}
