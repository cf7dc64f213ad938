-- What is open: files and the lists of folders. The kernel knows each by the number that it has here.
local ffi = require 'ffi'
local bit = require 'bit'
local linux = require 'linux'
local wire = require 'wire'

return function(places, looks)
  local calls = {}
  local nodes, folder, place = places.nodes, places.folder, places.place

  local function opened(reply, node, fd)
    local out = ffi.cast('fuse_open_out *', reply)
    ffi.fill(out, ffi.sizeof 'fuse_open_out')
    out.fh = fd
    node.open[fd] = true
    return ffi.sizeof 'fuse_open_out'
  end

  -- Writes say where: with O_APPEND so would writes of mapped memory go to the end. What is no file any more keeps nobody waiting.
  local function openFlags(flags)
    local kept = bit.bor(linux.O_ACCMODE, linux.O_TRUNC, linux.O_SYNC, linux.O_CREAT, linux.O_EXCL)
    return bit.bor(bit.band(flags, kept), linux.O_NOFOLLOW, linux.O_NONBLOCK)
  end

  calls[wire.OPEN] = function(header, body, reply)
    local asked = ffi.cast('fuse_open_in *', body)
    local above, name, node = place(header.nodeid)
    if not above then return nil, name end
    local fd, error = linux.openat(above, name, openFlags(asked.flags))
    if not fd then return nil, error end
    return opened(reply, node, fd)
  end

  calls[wire.CREATE] = function(header, body, reply)
    local asked = ffi.cast('fuse_create_in *', body)
    local above, parent = folder(header.nodeid)
    if not above then return nil, parent end
    local name = ffi.string(asked.name)
    local fd, error = linux.openat(above, name, bit.bor(openFlags(asked.flags), linux.O_CREAT), bit.band(asked.mode, 0xfff))
    if not fd then return nil, error end
    local size, id = looks.entry(header, above, parent, name, reply)
    if not size then
      linux.close(fd)
      return nil, id
    end
    return size + opened(reply + size, nodes:get(tonumber(id)), fd)
  end

  calls[wire.READ] = function(_, body, reply)
    local asked = ffi.cast('fuse_read_in *', body)
    return linux.pread(tonumber(asked.fh), reply, asked.size, asked.offset)
  end

  calls[wire.WRITE] = function(header, body, reply)
    local asked = ffi.cast('fuse_write_in *', body)
    local fd, offset = tonumber(asked.fh), asked.offset
    -- The end may be further away than the kernel knows: the computer writes as well.
    if bit.band(asked.flags, linux.O_APPEND) ~= 0 and bit.band(asked.write_flags, wire.WRITE_CACHE) == 0 then
      local stat = linux.fstat(fd)
      if stat and stat.size > offset then offset = stat.size end
    end
    local done, error = linux.pwrite(fd, ffi.cast('uint8_t *', asked + 1), asked.size, offset)
    if not done then return nil, error end
    local node = nodes:get(tonumber(header.nodeid))
    if node and node.removed and offset + done > node.removed.size then node.removed.size = offset + done end
    local out = ffi.cast('fuse_write_out *', reply)
    out.size, out.padding = done, 0
    return ffi.sizeof 'fuse_write_out'
  end

  local function release(header, body)
    local fd = tonumber(ffi.cast('fuse_release_in *', body).fh)
    linux.close(fd)
    local node = nodes:get(tonumber(header.nodeid))
    if node then
      node.open[fd] = nil
      nodes:collect(node)
    end
    return 0
  end
  calls[wire.RELEASE] = release
  calls[wire.RELEASEDIR] = release

  local function sync(_, body)
    local asked = ffi.cast('fuse_fsync_in *', body)
    local done, error = linux.sync(tonumber(asked.fh), bit.band(asked.fsync_flags, 1) ~= 0)
    if not done then return nil, error end
    return 0
  end
  calls[wire.FSYNC] = sync
  calls[wire.FSYNCDIR] = sync

  calls[wire.OPENDIR] = function(header, _, reply)
    local above, name, node = place(header.nodeid)
    if not above then return nil, name end
    local fd, error = linux.openat(above, name, bit.bor(linux.O_DIRECTORY, linux.O_NOFOLLOW))
    if not fd then return nil, error end
    return opened(reply, node, fd)
  end

  -- The kernel's own list has smaller entries: what does not fit any more is read again the next time.
  local list = ffi.new('uint8_t[?]', 65536)
  calls[wire.READDIR] = function(_, body, reply)
    local asked = ffi.cast('fuse_read_in *', body)
    local fd, size = tonumber(asked.fh), math.min(asked.size, 65536)
    local done, error = linux.seek(fd, ffi.cast('int64_t', asked.offset))
    if not done then return nil, error end
    local count, failure = linux.entries(fd, list, size)
    if not count then return nil, failure end
    local from, used = 0, 0
    while from < count do
      local one = ffi.cast('kernel_dirent *', list + from)
      local name = ffi.string(one.name)
      local length = bit.band(ffi.sizeof 'fuse_dirent' + #name + 7, bit.bnot(7))
      if used + length > asked.size then break end
      local out = ffi.cast('fuse_dirent *', reply + used)
      ffi.fill(out, length)
      out.ino, out.off, out.namelen, out.type = one.ino, one.off, #name, one.type
      ffi.copy(out.name, name, #name)
      from, used = from + one.reclen, used + length
    end
    return used
  end

  return calls
end
