-- Where a share's files are: what the kernel knows by a number, as a folder that is open and a name in it.
local bit = require 'bit'
local linux = require 'linux'
local Nodes = require 'nodes'

-- Folders are kept open this long: so a name is looked up in its folder, and not from the root on each time. No longer,
-- as what is open here is not looked at anew, should it have become something else on the computer.
local FOLDERS_FOR_S = 1
local FOLDERS_AT_MOST = 256

-- @param root a folder, open
return function(root)
  local nodes = Nodes.new()
  local folders, folderCount, folderEnd = {}, 0, 0

  local function closeFolders()
    for _, fd in pairs(folders) do linux.close(fd) end
    folders, folderCount = {}, 0
  end

  local function folderOf(node)
    if node.id == Nodes.ROOT then return root end
    local known = folders[node.id]
    if known then return known end
    if not node.parent then return nil, linux.ENOENT end
    local above, failure = folderOf(node.parent)
    if not above then return nil, failure end
    local fd, error = linux.folder(above, node.name)
    if not fd then return nil, error end
    folders[node.id] = fd
    folderCount = folderCount + 1
    return fd
  end

  -- The folder of a number, and its node.
  local function folder(id)
    local node = nodes:get(tonumber(id))
    if not node then return nil, linux.ENOENT end
    local now = linux.clock()
    if now > folderEnd or folderCount > FOLDERS_AT_MOST then
      closeFolders()
      folderEnd = now + FOLDERS_FOR_S
    end
    local fd, error = folderOf(node)
    if not fd then return nil, error end
    return fd, node
  end

  -- Where a number is found: its folder and its name there, and its node.
  local function place(id)
    local node = nodes:get(tonumber(id))
    if not node then return nil, linux.ENOENT end
    if node.id == Nodes.ROOT then return root, '.', node end
    if not node.parent then return nil, linux.ENOENT, node end
    local fd, error = folder(node.parent.id)
    if not fd then return nil, error, node end
    return fd, node.name, node
  end

  -- Whatever a name stands for, open without being looked at; a link is not followed.
  local function withFile(id, act)
    local above, name, node = place(id)
    local fd, error
    if above then
      fd, error = linux.openat(above, name, bit.bor(linux.O_PATH, linux.O_NOFOLLOW))
    else
      fd, error = node and next(node.open), name
      if fd then return act(fd) end
    end
    if not fd then return nil, error end
    local done, failure = act(fd)
    linux.close(fd)
    return done, failure
  end

  return { root = root, nodes = nodes, folder = folder, place = place, withFile = withFile, closeFolders = closeFolders }
end
