#!lua
-- Moves a stream's base behind the longest prefix of appends whose events are all older than a time.
local meta, log, state = KEYS[1], KEYS[2], KEYS[3]
local before, nonce, publish, channel = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local found = redis.call('HMGET', meta, 'end', 'base', 'retained', 'proof')
if not found[1] then
  return nil
end
if found[3] and found[3] > before then
  before = found[3]
end
local function probe(offset)
  local entry = redis.call('XRANGE', log, string.format('%.0f', offset) .. '-0', '+', 'COUNT', 1)[1]
  if not entry then
    return nil
  end
  local proof, latest = string.match(entry[2][2], '^%d+ %x+ (%x+) %-?%d+ %x+ (%x+)')
  return tonumber(string.match(entry[1], '^%d+')), latest, proof
end
local low, high = tonumber(found[2] or '0') + 1, tonumber(found[1])
local base, base_proof
while low <= high do
  local middle = math.floor((low + high) / 2)
  local last, latest, proof = probe(middle)
  if last and latest < before then
    base, base_proof = last, proof
    low = last + 1
  else
    high = middle - 1
  end
end
if not base then
  return nil
end
base = string.format('%.0f', base)
redis.call('HSET', meta, 'base', base, 'base_proof', base_proof, 'retained', before)
redis.call('HSET', state, 'last', nonce)
redis.call(publish, channel, found[1] .. ' ' .. found[4] .. ' ' .. base)
return { base, base_proof, before }
