-- What the kernel asks of a share, answered out of a folder. Everybody who asks sees all files as their own, and may do
-- what whoever runs the virtual machine may do.
local ffi = require 'ffi'
local bit = require 'bit'
local wire = require 'wire'

local MAX_WRITE = 1048576

-- These change nothing.
local LOOKS = { [wire.LOOKUP] = true, [wire.FORGET] = true, [wire.BATCH_FORGET] = true, [wire.GETATTR] = true, [wire.ACCESS] = true, [wire.STATFS] = true }

-- @param root a folder, open
-- @return functions by opcode: (header, what follows it, room for the answer) → the answer's size, or nil and an error; false: no answer
return function(root)
  local places = require 'places'(root)
  local calls, looks = require 'looks'(places)
  for _, part in ipairs { 'changes', 'names', 'files' } do
    for code, call in pairs(require(part)(places, looks)) do calls[code] = call end
  end
  for code, call in pairs(calls) do
    if not LOOKS[code] then
      calls[code] = function(...)
        looks.lookedAway()
        return call(...)
      end
    end
  end

  calls[wire.INIT] = function(_, body, reply)
    local asked = ffi.cast('fuse_init_in *', body)
    local out = ffi.cast('fuse_init_out *', reply)
    ffi.fill(out, ffi.sizeof 'fuse_init_out')
    out.major, out.minor, out.max_readahead = 7, 31, asked.max_readahead
    local wanted = bit.bor(wire.ASYNC_READ, wire.ATOMIC_O_TRUNC, wire.BIG_WRITES, wire.AUTO_INVAL_DATA, wire.PARALLEL_DIROPS, wire.MAX_PAGES)
    out.flags = bit.band(asked.flags, wanted)
    out.max_background, out.congestion, out.max_write, out.time_gran, out.max_pages = 16, 12, MAX_WRITE, 1, MAX_WRITE / 4096
    return ffi.sizeof 'fuse_init_out'
  end

  calls[wire.INTERRUPT] = function() return false end
  calls[wire.DESTROY] = function() return 0 end

  return calls
end
