/**
 * A program of LuaJIT's between a SOCK_SEQPACKET socket, whose path is its argument, and its descriptor 3, a stream: there each packet has its length
 * before it, in two bytes, the lower one first. An empty one from us says that the connection is there; an empty one to us ends
 * our side of it. It never waits for the container to read while there is output to be had.
 */
export const PACKET_RELAY = String.raw`
local ffi, bit = require('ffi'), require('bit')
local C = ffi.C
ffi.cdef[[
  struct address { uint16_t family; char path[108]; };
  struct pollfd { int fd; short events; short revents; };
  int socket(int, int, int);
  int connect(int, const struct address *, unsigned int);
  int shutdown(int, int);
  int poll(struct pollfd *, unsigned long, int);
  ssize_t recv(int, void *, size_t, int);
  ssize_t send(int, const void *, size_t, int);
  ssize_t read(int, void *, size_t);
  ssize_t write(int, const void *, size_t);
  char *strerror(int);
]]
local AF_UNIX, SOCK_SEQPACKET, SHUT_WR, MSG_DONTWAIT, MSG_NOSIGNAL = 1, 5, 1, 0x40, 0x4000
local POLLIN, POLLOUT, EINTR, EAGAIN = 1, 4, 4, 11
local STREAM, LARGEST = 3, 65535

local function fail(what)
  io.stderr:write(what, ': ', ffi.string(C.strerror(ffi.errno())), '\n')
  os.exit(1)
end

local function again() return ffi.errno() == EINTR or ffi.errno() == EAGAIN end

local path = arg[1]
local address = ffi.new('struct address', AF_UNIX)
if #path >= ffi.sizeof(address.path) then io.stderr:write('the path is too long\n') os.exit(1) end
ffi.copy(address.path, path)
local socket = C.socket(AF_UNIX, SOCK_SEQPACKET, 0)
if socket < 0 or C.connect(socket, address, ffi.sizeof(address)) < 0 then fail(path) end

local input, output = ffi.new('uint8_t[?]', LARGEST + 2), ffi.new('uint8_t[?]', LARGEST + 2)

-- The engine always reads: this waits for no container.
local function tell(length)
  output[0], output[1] = bit.band(length, 255), bit.rshift(length, 8)
  local told = 0
  while told < length + 2 do
    local count = C.write(STREAM, output + told, length + 2 - told)
    if count > 0 then told = told + tonumber(count) elseif not again() then os.exit(0) end
  end
end

-- What the engine has sent of a packet, and whether all of it is there.
local has, wanted = 0, 2
local function hear()
  local count = C.read(STREAM, input + has, wanted - has)
  if count == 0 or (count < 0 and not again()) then os.exit(0) end
  if count < 0 then return end
  has = has + tonumber(count)
  if has >= 2 then wanted = 2 + input[0] + bit.lshift(input[1], 8) end
end
local function isWhole() return has >= 2 and has == wanted end

local function pass()
  if wanted == 2 then C.shutdown(socket, SHUT_WR)
  elseif C.send(socket, input + 2, wanted - 2, bit.bor(MSG_DONTWAIT, MSG_NOSIGNAL)) < 0 and again() then return end
  has, wanted = 0, 2
end

tell(0)
local polled = ffi.new('struct pollfd[2]')
while true do
  polled[0].fd, polled[0].events, polled[0].revents = socket, isWhole() and POLLIN + POLLOUT or POLLIN, 0
  polled[1].fd, polled[1].events, polled[1].revents = STREAM, isWhole() and 0 or POLLIN, 0
  if C.poll(polled, 2, -1) < 0 and not again() then fail('poll') end
  if bit.band(polled[0].revents, bit.bnot(POLLOUT)) ~= 0 then
    local length = C.recv(socket, output + 2, LARGEST, MSG_DONTWAIT)
    if length == 0 or (length < 0 and not again()) then os.exit(0) end
    if length > 0 then tell(tonumber(length)) end
  end
  if polled[1].revents ~= 0 then hear() end
  if isWhole() and bit.band(polled[0].revents, POLLOUT) ~= 0 then pass() end
end
`
