// KEYS  1 lease of a shard   2 its input stream
// ARGV  1 token of who asks   2 group of its epoch   3 how the groups of all epochs begin   4 id behind which it reads
// Gives `lost` when somebody else holds the lease, `free` when nobody does, otherwise `joined`.
// Guarantee: while the lease is the caller's there is one group of an epoch, its own, which reads on behind that id with
// nothing handed out; an owner of before finds no group any more and takes nothing away.
export const JOIN_SHARD = {
  keys: 2,
  text: `
local owner = redis.call('GET', KEYS[1])
if owner ~= ARGV[1] then return owner and 'lost' or 'free' end
if redis.call('EXISTS', KEYS[2]) == 1 then
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[2])) do
    if string.sub(group[2], 1, #ARGV[3]) == ARGV[3] then redis.call('XGROUP', 'DESTROY', KEYS[2], group[2]) end
  end
end
redis.call('XGROUP', 'CREATE', KEYS[2], ARGV[2], ARGV[4], 'MKSTREAM')
return 'joined'`,
} as const;
