-- Names that come and go: folders, links, what is renamed and removed.
local ffi = require 'ffi'
local linux = require 'linux'
local wire = require 'wire'

return function(places, looks)
  local calls = {}
  local nodes, folder, place, closeFolders = places.nodes, places.folder, places.place, places.closeFolders

  calls[wire.READLINK] = function(header, _, reply)
    local above, name = place(header.nodeid)
    if not above then return nil, name end
    return linux.readlink(above, name, reply, 4095)
  end

  -- Makes something in a folder, and answers what it is. @param make (folder, name) → nil and an error when it failed
  local function making(header, name, reply, make)
    local fd, parent = folder(header.nodeid)
    if not fd then return nil, parent end
    local made, error = make(fd, name)
    if not made then return nil, error end
    return looks.entry(header, fd, parent, name, reply)
  end

  calls[wire.SYMLINK] = function(header, body, reply)
    local name = ffi.string(body)
    local target = ffi.string(body + #name + 1)
    return making(header, name, reply, function(fd) return linux.symlink(target, fd, name) end)
  end

  calls[wire.MKNOD] = function(header, body, reply)
    local asked = ffi.cast('fuse_mknod_in *', body)
    return making(header, ffi.string(asked.name), reply, function(fd, name) return linux.mknod(fd, name, asked.mode, asked.rdev) end)
  end

  calls[wire.MKDIR] = function(header, body, reply)
    local asked = ffi.cast('fuse_mkdir_in *', body)
    return making(header, ffi.string(asked.name), reply, function(fd, name) return linux.mkdir(fd, name, asked.mode) end)
  end

  calls[wire.LINK] = function(header, body, reply)
    local asked = ffi.cast('fuse_link_in *', body)
    local above, oldName = place(asked.oldnodeid)
    if not above then return nil, oldName end
    return making(header, ffi.string(asked.name), reply, function(fd, name) return linux.link(above, oldName, fd, name) end)
  end

  -- What somebody has open is known a last time, before its name goes.
  local function remember(parent, name, fd)
    local node = parent.children[name]
    if not node or not next(node.open) then return end
    local stat = linux.stat(fd, name)
    if not stat then return end
    node.removed = ffi.new('statx_out', stat)
    node.removed.nlink = stat.nlink - 1
  end

  local function removing(header, body, remove)
    local fd, parent = folder(header.nodeid)
    if not fd then return nil, parent end
    local name = ffi.string(body)
    remember(parent, name, fd)
    local removed, error = remove(fd, name)
    if not removed then return nil, error end
    local node = parent.children[name]
    if node then nodes:detach(node) end
    return 0
  end

  calls[wire.UNLINK] = function(header, body) return removing(header, body, linux.unlink) end

  calls[wire.RMDIR] = function(header, body)
    closeFolders()
    return removing(header, body, linux.rmdir)
  end

  local function rename(header, newId, names, flags)
    closeFolders() -- They may be below it.
    local name = ffi.string(names)
    local newName = ffi.string(names + #name + 1)
    local from, parent = folder(header.nodeid)
    if not from then return nil, parent end
    local to, newParent = folder(newId)
    if not to then return nil, newParent end
    remember(newParent, newName, to)
    local done, error = linux.rename(from, name, to, newName, flags)
    if not done then return nil, error end
    nodes:renamed(parent, name, newParent, newName)
    closeFolders()
    return 0
  end

  calls[wire.RENAME] = function(header, body)
    local asked = ffi.cast('fuse_rename_in *', body)
    return rename(header, asked.newdir, asked.name, 0)
  end

  calls[wire.RENAME2] = function(header, body)
    local asked = ffi.cast('fuse_rename2_in *', body)
    -- To swap two is what 9p has no words for.
    if asked.flags > 1 then return nil, linux.EINVAL end
    return rename(header, asked.newdir, asked.name, asked.flags)
  end

  return calls
end
