// KEYS  1 lease of a shard   2 its stream of signals   3 its sharded channel
// ARGV  1 token of who asks   2 entries that the stream keeps, about   3 id, 4 JSON of the first signal, and so on, ids
//       ascending; none: nothing is said
// Gives `lost` when somebody else holds the lease, `free` when nobody does, otherwise the newest id of the stream, `0-0`
// when it had none ever.
// Guarantee: an id that is not beyond all that were ever in the stream is passed over; every other one enters the stream
// and is heard on the channel, in this order. So a signal is said once, however often it is asked for.
export const SAY_SIGNALS = {
  keys: 3,
  text: `
local owner = redis.call('GET', KEYS[1])
if owner ~= ARGV[1] then return owner and 'lost' or 'free' end
local newest = '0-0'
if redis.call('EXISTS', KEYS[2]) == 1 then
  local facts = redis.call('XINFO', 'STREAM', KEYS[2])
  for i = 1, #facts, 2 do
    if facts[i] == 'last-generated-id' then newest = facts[i + 1] end
  end
end
local function numbers(id)
  local ms, place = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(place)
end
local ms, place = numbers(newest)
for i = 3, #ARGV, 2 do
  local one, two = numbers(ARGV[i])
  if one > ms or (one == ms and two > place) then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], ARGV[i], 'data', ARGV[i + 1])
    redis.call('SPUBLISH', KEYS[3], ARGV[i] .. ' ' .. ARGV[i + 1])
    newest, ms, place = ARGV[i], one, two
  end
end
return newest`,
} as const;
