#!lua
-- Removes sessions that made no call since a time.
local fields = redis.call('HGETALL', KEYS[1])
for index = 1, #fields, 2 do
  local used = string.match(fields[index + 1], '^%d+ (%-?%d+)$')
  if string.sub(fields[index], 1, 2) == 's:' and used and tonumber(used) < tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], fields[index])
  end
end
return 1
