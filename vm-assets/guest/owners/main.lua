-- owners SOURCE TARGET NAME: shows the folder SOURCE at TARGET, as NAME among the mounts, in such a way that everybody
-- sees all files there as their own. For a share of somebody who is not root, and can give nobody a file: an image of a database gives its folder to its
-- user, and looks whether it has it. It says `mounted` when it is, and ends when nobody can ask any more.
package.path = arg[0]:gsub('[^/]*$', '') .. '?.lua'
local ffi = require 'ffi'
local linux = require 'linux'
local wire = require 'wire'

local source, target, name = arg[1], arg[2], arg[3]
local function must(result, error, what)
  if result then return result end
  io.stderr:write(('owners of %s: %s: error %d\n'):format(target, what, error))
  os.exit(1)
end

local function attempt(what, ...) return must(select(1, ...), select(2, ...), what) end

-- As much at once as one request may ask for: the kernel begins with an eighth of it.
local function readAhead()
  local device
  for line in io.lines '/proc/self/mountinfo' do device = line:match '^%d+ %d+ (%d+:%d+) .* %- fuse%.owners ' or device end
  local setting = io.open('/sys/class/bdi/' .. device .. '/read_ahead_kb', 'w')
  if setting then
    setting:write '1024'
    setting:close()
  end
end

local root = attempt('open ' .. source, linux.open(source, bit.bor(linux.O_PATH, linux.O_DIRECTORY)))
local device = attempt('open /dev/fuse', linux.open('/dev/fuse', 2))
local MS_NOSUID, MS_NODEV = 2, 4
local options = ('fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,max_read=1048576'):format(device)
attempt('mount', linux.mount(name, target, 'fuse.owners', MS_NOSUID + MS_NODEV, options))
readAhead()
io.stdout:write('mounted\n')
io.stdout:flush()

local calls = require 'calls'(root)
local ROOM = 1048576 + 65536
local request, answer = ffi.new('uint8_t[?]', ROOM), ffi.new('uint8_t[?]', ROOM)
local header, out = ffi.cast('fuse_in *', request), ffi.cast('fuse_out *', answer)

while true do
  local count, error = linux.read(device, request, ROOM)
  if count then
    local call = calls[header.opcode]
    local size, failure = nil, linux.ENOSYS
    if call then
      local isRight, first, second = pcall(call, header, request + wire.HEADER_IN, answer + wire.HEADER_OUT)
      size, failure = first, second
      if not isRight then
        io.stderr:write(('owners of %s: call %d: %s\n'):format(target, header.opcode, tostring(first)))
        size, failure = nil, linux.EIO
      end
    end
    if size ~= false then
      out.unique, out.error, out.len = header.unique, size and 0 or -failure, wire.HEADER_OUT + (size or 0)
      -- Who asked may have been killed: then there is nobody to answer to.
      linux.write(device, answer, out.len)
    end
  elseif error == linux.ENODEV then
    os.exit(0)
  elseif error ~= linux.EINTR and error ~= linux.EAGAIN and error ~= linux.ENOENT then
    must(nil, error, 'read')
  end
end
