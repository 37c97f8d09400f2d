// KEYS  1 lease of a shard   2 its counter of owners
// ARGV  1 token   2 life of the lease from now on, ms   3 epoch of the token
// Gives 1 when the caller has the lease, still or again; 0 when another one has it, or has had it since.
// Guarantee: a lease that ended is had again by its last owner only, and only while nobody has taken it since: everybody
// who takes it raises the counter, so that it is the caller's epoch for as long as nobody came. A Redis that has forgotten
// the counter gives nothing.
export const RESUME_LEASE = {
  keys: 2,
  text: `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
if not owner and redis.call('GET', KEYS[2]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`,
} as const;
