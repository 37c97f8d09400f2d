// KEYS  1 lease of a shard   2 its counter of owners
// ARGV  1 node id   2 address host:port of the node's gateway   3 life of the lease, ms   4 highest epoch that was ever seen
//       on disk, so that a Redis that forgot its counter gives none twice
// Gives the new token `<epoch>:<node id>:<address>`, or nil while somebody else holds the lease.
// Guarantee: of all who ask at once one gets the lease, and no two tokens of a shard are equal.
export const ACQUIRE_LEASE = {
  keys: 2,
  text: `
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
local epoch = redis.call('INCR', KEYS[2])
if epoch <= tonumber(ARGV[4]) then
  epoch = tonumber(ARGV[4]) + 1
  redis.call('SET', KEYS[2], string.format('%.0f', epoch))
end
local token = string.format('%.0f', epoch) .. ':' .. ARGV[1] .. ':' .. ARGV[2]
redis.call('SET', KEYS[1], token, 'PX', ARGV[3])
return token`,
} as const;
