// KEYS  1 lease of a shard   2 its input stream   3 its position
// ARGV  1 token of who asks   2 group of its epoch   3 .. ids that it is done with, ascending
// Gives `lost` when somebody else holds the lease, `free` when nobody does, otherwise `done`.
// Guarantee: the position never speaks for anybody but the owner of the lease; all entries up to it are done with.
export const ACKNOWLEDGE_SHARD = {
  keys: 3,
  text: `
local owner = redis.call('GET', KEYS[1])
if owner ~= ARGV[1] then return owner and 'lost' or 'free' end
for first = 3, #ARGV, 1000 do
  redis.call('XACK', KEYS[2], ARGV[2], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
redis.call('SET', KEYS[3], ARGV[#ARGV])
return 'done'`,
} as const;
