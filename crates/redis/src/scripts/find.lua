#!lua flags=no-writes
-- Looks for an append by its proof, newest first, down to an offset that it stands behind.
local upto = '+'
while true do
  local page = redis.call('XREVRANGE', KEYS[1], upto, ARGV[2], 'COUNT', 64)
  if #page == 0 then
    return {}
  end
  for _, entry in ipairs(page) do
    local first, previous, proof = string.match(entry[2][2], '^(%d+) (%x+) (%x+)')
    if proof == ARGV[1] then
      return { first, string.match(entry[1], '^%d+'), previous }
    end
    upto = '(' .. entry[1]
  end
end
