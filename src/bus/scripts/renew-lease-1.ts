// KEYS  1 lease of a shard
// ARGV  1 token   2 life of the lease from now on, ms
// Gives 1, or 0 when the lease is another one's or nobody's.
// Guarantee: a lease that ended is never prolonged, even if nobody has taken it since.
export const RENEW_LEASE = {
  keys: 1,
  text: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
} as const;
