-- What the kernel knows by a number: a name in a folder. A node lives until the kernel has forgotten it, and nothing is
-- below it. One whose file has gone has no name any more, and lives on for who has it open.
local Nodes = {}
Nodes.__index = Nodes

Nodes.ROOT = 1

function Nodes.new()
  local root = { id = Nodes.ROOT, lookups = 1, children = {}, open = {} }
  return setmetatable({ byId = { [Nodes.ROOT] = root }, last = Nodes.ROOT }, Nodes)
end

function Nodes:get(id) return self.byId[id] end

-- The node of a name that was just looked at. Another file than last time is another node. @param ino its inode number
function Nodes:found(parent, name, ino)
  local node = parent.children[name]
  if node and node.ino ~= ino then
    self:detach(node)
    node = nil
  end
  if not node then
    self.last = self.last + 1
    node = { id = self.last, parent = parent, name = name, ino = ino, lookups = 0, children = {}, open = {} }
    parent.children[name] = node
    self.byId[node.id] = node
  end
  node.lookups = node.lookups + 1
  return node
end

-- Its name means nothing any more, or something else.
function Nodes:detach(node)
  local parent = node.parent
  if not parent then return end
  if parent.children[node.name] == node then parent.children[node.name] = nil end
  node.parent = nil
  self:collect(node)
  self:collect(parent)
end

function Nodes:renamed(parent, name, newParent, newName)
  local over = newParent.children[newName]
  local node = parent.children[name]
  if over and over ~= node then self:detach(over) end
  if not node then return end
  parent.children[name] = nil
  newParent.children[newName] = node
  node.parent, node.name = newParent, newName
  self:collect(parent)
end

function Nodes:forget(id, count)
  local node = self.byId[id]
  if not node or id == Nodes.ROOT then return end
  node.lookups = node.lookups - count
  self:collect(node)
end

function Nodes:collect(node)
  while node and node.id ~= Nodes.ROOT and node.lookups <= 0 and next(node.children) == nil and next(node.open) == nil do
    local parent = node.parent
    if parent and parent.children[node.name] == node then parent.children[node.name] = nil end
    node.parent = nil
    self.byId[node.id] = nil
    node = parent
  end
end

-- From the share's root. @returns nil for what has no name any more, or is in such a folder
function Nodes:path(node)
  if node.id == Nodes.ROOT then return '.' end
  local names = {}
  while node.id ~= Nodes.ROOT do
    if not node.parent then return nil end
    table.insert(names, 1, node.name)
    node = node.parent
  end
  return table.concat(names, '/')
end

return Nodes
