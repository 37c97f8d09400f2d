// KEYS  1 lease of a shard
// ARGV  1 token
// Gives 1, or 0 when the lease is another one's or nobody's.
// Guarantee: nobody's lease is ended but that of who asks.
export const RELEASE_LEASE = {
  keys: 1,
  text: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
} as const;
