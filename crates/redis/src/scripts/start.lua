#!lua flags=no-writes
-- The last offset of the first append behind an offset up to which some event is at or after a time; the latest time
-- of all appends up to an append rises with the offset.
local log, time = KEYS[1], ARGV[2]
local function probe(offset)
  local entry = redis.call('XRANGE', log, string.format('%.0f', offset) .. '-0', '+', 'COUNT', 1)[1]
  if not entry then
    return nil
  end
  local high = string.match(entry[2][2], '^%d+ %x+ %x+ %-?%d+ %x+ (%x+)')
  return tonumber(string.match(entry[1], '^%d+')), high
end
local low, high = tonumber(ARGV[1]), tonumber(ARGV[3])
local found
while low <= high do
  local middle = math.floor((low + high) / 2)
  local last, latest = probe(middle)
  if last and latest < time then
    low = last + 1
  else
    if last then
      found = last
    end
    high = middle - 1
  end
end
return found and string.format('%.0f', found) or nil
