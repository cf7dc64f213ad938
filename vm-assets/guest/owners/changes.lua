-- Modes, sizes and times. To give a file to somebody succeeds, and changes nothing.
local ffi = require 'ffi'
local bit = require 'bit'
local linux = require 'linux'
local wire = require 'wire'

return function(places, looks)
  local calls = {}
  local place, withFile = places.place, places.withFile

  local function truncate(header, asked)
    if bit.band(asked.valid, wire.FH) ~= 0 then return linux.truncate(tonumber(asked.fh), asked.size) end
    local above, name = place(header.nodeid)
    if not above then return nil, name end
    local fd, error = linux.openat(above, name, bit.bor(linux.O_WRONLY, linux.O_NOFOLLOW, linux.O_NONBLOCK))
    if not fd then return nil, error end
    local done, failure = linux.truncate(fd, asked.size)
    linux.close(fd)
    return done, failure
  end

  local times = ffi.new 'timespec64[2]'
  local function changeTimes(header, asked)
    local function time(to, isGiven, isNow, sec, nsec)
      to.sec, to.nsec = sec, isNow and linux.UTIME_NOW or isGiven and nsec or linux.UTIME_OMIT
    end
    local function has(flag) return bit.band(asked.valid, flag) ~= 0 end
    time(times[0], has(wire.ATIME), has(wire.ATIME_NOW), asked.atime, asked.atimensec)
    time(times[1], has(wire.MTIME), has(wire.MTIME_NOW), asked.mtime, asked.mtimensec)
    local above, name = place(header.nodeid)
    if not above then return nil, name end
    return linux.utimes(above, name, times)
  end

  calls[wire.SETATTR] = function(header, body, reply)
    local asked = ffi.cast('fuse_setattr_in *', body)
    local function has(flags) return bit.band(asked.valid, flags) ~= 0 end
    -- As on a disk: only root gives files away.
    if has(wire.UID) and header.uid ~= 0 and asked.uid ~= header.uid then return nil, linux.EPERM end
    local done, error = true, nil
    if has(wire.MODE) then done, error = withFile(header.nodeid, function(fd) return linux.chmod(fd, bit.band(asked.mode, 0xfff)) end) end
    if done and has(wire.SIZE) then done, error = truncate(header, asked) end
    if done and has(bit.bor(wire.ATIME, wire.MTIME)) then done, error = changeTimes(header, asked) end
    if not done then return nil, error end
    return looks.attributes(header, header.nodeid, has(wire.FH) and tonumber(asked.fh) or nil, reply)
  end

  return calls
end
