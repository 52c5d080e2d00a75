#!lua
-- Appends one batch. Keys: meta, log, state, then names (if the batch brings some), keys and their order (if it has
-- a key), producers and their order (if it names some).
local meta, log, state = KEYS[1], KEYS[2], KEYS[3]
local place, key = 0, 3
local function argument()
  place = place + 1
  return ARGV[place]
end
local function next_key()
  key = key + 1
  return KEYS[key]
end

local session, call, now = 's:' .. argument(), argument(), argument()
local opens, expected, fresh_epoch = argument(), argument(), argument()
local count, proof, max_time, blob = tonumber(argument()), argument(), argument(), argument()
local publish, channel, token = argument(), argument(), argument()

-- A call of this session that came late, after one sent behind it: it was done, or is being done anew.
local last_call = redis.call('HGET', state, session)
if last_call and tonumber(string.match(last_call, '^%d+')) >= tonumber(call) then
  return { 'seen' }
end

local names, name_count = nil, tonumber(argument())
local learned = {}
if name_count > 0 then
  names = next_key()
  for _ = 1, 2 * name_count do
    learned[#learned + 1] = argument()
  end
end

local found = redis.call('HMGET', meta, 'epoch', 'end', 'proof', 'schema', 'high', 'base')
local epoch, last, previous = found[1] or fresh_epoch, found[2] or '0', found[3] or '0000000000000000'

local keys, keys_order, key_name, key_head, key_tail, key_bound
if argument() == '1' then
  keys, keys_order = next_key(), next_key()
  key_name, key_head, key_tail, key_bound = argument(), argument(), argument(), tonumber(argument())
  local known = redis.call('HGET', keys, key_name)
  if known and string.sub(known, 1, 16) >= opens then
    return { 'known', known, epoch }
  end
end

if (found[4] or '') ~= expected then
  return { 'stale' }
end

local producers, producers_order, producer_bound
local windows = {}
local window_count = tonumber(argument())
if window_count > 0 then
  producers, producers_order, producer_bound = next_key(), next_key(), tonumber(argument())
  for _ = 1, window_count do
    local name, revision, window = argument(), argument(), argument()
    local known = redis.call('HGET', producers, name)
    if (known and string.sub(known, 1, 16) or '') ~= revision then
      return { 'stale' }
    end
    windows[#windows + 1] = { name, window }
  end
end

-- From here on only writes; the one that could be refused comes first.
local first, before = tonumber(last) + 1, previous
local change = { 'schema', expected }
if count > 0 then
  last = string.format('%.0f', tonumber(last) + count)
  local high = found[5] or max_time
  if max_time > high then
    high = max_time
  end
  local header = table.concat({ string.format('%.0f', first), previous, proof, now, max_time, high }, ' ')
  redis.call('XADD', log, last .. '-0', 'h', header, 'b', blob)
  previous = proof
  change = { 'end', last, 'proof', proof, 'high', high, 'accepted', now }
end
if not found[1] then
  redis.call('HSET', meta, 'epoch', epoch, 'end', last, 'proof', previous, 'schema', token)
elseif name_count > 0 then
  redis.call('HSET', meta, 'schema', token)
end
if count > 0 then
  redis.call('HSET', meta, unpack(change))
  redis.call('HSET', state, 'last', proof, session, call .. ' ' .. now)
  redis.call(publish, channel, last .. ' ' .. proof .. ' ' .. (found[6] or '0'))
else
  redis.call('HSET', state, session, call .. ' ' .. now)
end
if name_count > 0 then
  redis.call('HSET', names, unpack(learned))
end

local function forget(hash, order, bound, expired)
  local excess = redis.call('ZCARD', order) - bound
  if excess > 0 then
    local gone = redis.call('ZPOPMIN', order, excess)
    for index = 1, #gone, 2 do
      redis.call('HDEL', hash, gone[index])
    end
  end
  for _, name in ipairs(redis.call('ZRANGE', order, 0, 15)) do
    if not expired(redis.call('HGET', hash, name) or '') then
      break
    end
    redis.call('HDEL', hash, name)
    redis.call('ZREM', order, name)
  end
end

if window_count > 0 then
  for _, window in ipairs(windows) do
    redis.call('HSET', producers, window[1], window[2])
    redis.call('ZADD', producers_order, redis.call('HINCRBY', state, 'uses', 1), window[1])
  end
  forget(producers, producers_order, producer_bound, function(known)
    return string.sub(known, 17, 32) < opens
  end)
end
if keys then
  redis.call('HSET', keys, key_name, key_head .. ' ' .. last .. ' ' .. previous .. ' ' .. key_tail)
  redis.call('ZADD', keys_order, redis.call('HINCRBY', state, 'uses', 1), key_name)
  forget(keys, keys_order, key_bound, function(known)
    return string.sub(known, 1, 16) < opens
  end)
end
return { 'done', string.format('%.0f', first), last, before, epoch, previous }
