-- What a file is: names that are looked up, and attributes. Everybody who asks is told to be the owner.
local ffi = require 'ffi'
local bit = require 'bit'
local linux = require 'linux'
local wire = require 'wire'

-- Who looks a name up asks for its attributes next, mostly: it is one look.
local ONE_LOOK_S = 0.02

-- @param places see places.lua
-- @return calls by their codes, and what other calls answer with
return function(places)
  local calls = {}
  local nodes, folder, place = places.nodes, places.folder, places.place

  local function fill(attr, stat, header)
    attr.ino, attr.size, attr.blocks, attr.blksize = stat.ino, stat.size, stat.blocks, stat.blksize
    attr.atime, attr.mtime, attr.ctime = stat.atime.sec, stat.mtime.sec, stat.ctime.sec
    attr.atimensec, attr.mtimensec, attr.ctimensec = stat.atime.nsec, stat.mtime.nsec, stat.ctime.nsec
    attr.mode, attr.nlink, attr.uid, attr.gid, attr.flags = stat.mode, stat.nlink, header.uid, header.gid, 0
    attr.rdev = bit.bor(bit.band(stat.rdev_minor, 0xff), bit.lshift(stat.rdev_major, 8), bit.lshift(bit.band(stat.rdev_minor, bit.bnot(0xff)), 12))
  end

  local looked = { stat = ffi.new 'statx_out' }

  -- Nothing is remembered: who owns a file depends on who asks, and the computer changes files as well.
  local function entry(header, fd, parent, name, reply)
    local stat, error = linux.stat(fd, name)
    if not stat then return nil, error end
    local out = ffi.cast('fuse_entry_out *', reply)
    ffi.fill(out, ffi.sizeof 'fuse_entry_out')
    fill(out.attr, stat, header)
    out.nodeid = nodes:found(parent, name, stat.ino).id
    looked.id, looked.pid, looked.untilS = tonumber(out.nodeid), header.pid, linux.clock() + ONE_LOOK_S
    ffi.copy(looked.stat, stat, ffi.sizeof 'statx_out')
    return ffi.sizeof 'fuse_entry_out', out.nodeid
  end

  -- A file that has no name any more is known by who has it open; what cannot be asked then is as it was last.
  local function statOf(id, fd)
    local node = nodes:get(tonumber(id))
    local stat, error
    if fd then stat, error = linux.fstat(fd) end
    if stat then return stat end
    local above, name = place(id)
    if above then
      stat, error = linux.stat(above, name)
      if stat then return stat end
    end
    local open = node and next(node.open)
    if open then stat = linux.fstat(open) or node.removed end
    if stat then return stat end
    return nil, error or linux.ENOENT
  end

  local function attributesOut(header, stat, reply)
    local out = ffi.cast('fuse_attr_out *', reply)
    ffi.fill(out, ffi.sizeof 'fuse_attr_out')
    fill(out.attr, stat, header)
    return ffi.sizeof 'fuse_attr_out'
  end

  local function attributes(header, id, fd, reply)
    local stat, error = statOf(id, fd)
    if not stat then return nil, error end
    return attributesOut(header, stat, reply)
  end

  calls[wire.LOOKUP] = function(header, body, reply)
    local fd, parent = folder(header.nodeid)
    if not fd then return nil, parent end
    return entry(header, fd, parent, ffi.string(body), reply)
  end

  calls[wire.FORGET] = function(header, body)
    nodes:forget(tonumber(header.nodeid), tonumber(ffi.cast('fuse_forget_in *', body).nlookup))
    return false
  end

  calls[wire.BATCH_FORGET] = function(_, body)
    local batch = ffi.cast('fuse_batch_forget_in *', body)
    for index = 0, batch.count - 1 do nodes:forget(tonumber(batch.one[index].nodeid), tonumber(batch.one[index].nlookup)) end
    return false
  end

  calls[wire.GETATTR] = function(header, body, reply)
    local asked = ffi.cast('fuse_getattr_in *', body)
    if looked.id == tonumber(header.nodeid) and looked.pid == header.pid and linux.clock() < looked.untilS then
      looked.id = nil
      return attributesOut(header, looked.stat, reply)
    end
    return attributes(header, header.nodeid, bit.band(asked.flags, wire.GETATTR_FH) ~= 0 and tonumber(asked.fh) or nil, reply)
  end

  -- As their owner, or as root, for whom something has to be executable by anybody.
  calls[wire.ACCESS] = function(header, body)
    local stat, error = statOf(header.nodeid)
    if not stat then return nil, error end
    local mask = ffi.cast('fuse_access_in *', body).mask
    local mode = stat.mode
    local isFolder = bit.band(mode, linux.S_IFMT) == linux.S_IFDIR
    local allowed = bit.band(bit.rshift(mode, 6), 7)
    if header.uid == 0 then allowed = bit.bor(6, (isFolder or bit.band(mode, 0x49) ~= 0) and 1 or 0) end
    if bit.band(mask, bit.bnot(allowed)) ~= 0 then return nil, linux.EACCES end
    return 0
  end

  local vfs = ffi.new 'statvfs_out'
  calls[wire.STATFS] = function(_, _, reply)
    local done, error = linux.statvfs(places.root, vfs)
    if not done then return nil, error end
    local out = ffi.cast('fuse_statfs_out *', reply)
    ffi.fill(out, ffi.sizeof 'fuse_statfs_out')
    out.blocks, out.bfree, out.bavail, out.files, out.ffree = vfs.blocks, vfs.bfree, vfs.bavail, vfs.files, vfs.ffree
    out.bsize, out.frsize, out.namelen = vfs.bsize, vfs.frsize, vfs.namemax
    return ffi.sizeof 'fuse_statfs_out'
  end

  -- To be called when anything changes: what was looked at may be something else.
  local function lookedAway() looked.id = nil end

  return calls, { entry = entry, attributes = attributes, lookedAway = lookedAway }
end
