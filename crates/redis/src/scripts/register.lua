#!lua
-- Adds a stream to the registry: one that exists already in any case, a new one if there is room.
local streams, name, limit, exists = KEYS[1], ARGV[1], tonumber(ARGV[2]), ARGV[3] == '1'
if redis.call('SISMEMBER', streams, name) == 1 then
  return 1
end
if not exists and redis.call('SCARD', streams) >= limit then
  return 0
end
redis.call('SADD', streams, name)
return 1
