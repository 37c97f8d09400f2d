// KEYS  1 lease of a shard   2 the newest epoch whose folder is complete
// ARGV  1 token   2 epoch of the token
// Gives 1, or 0 when the lease is another one's or nobody's.
// Guarantee: the number never falls, and only the owner raises it.
export const MARK_FOLDER = {
  keys: 2,
  text: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') < tonumber(ARGV[2]) then redis.call('SET', KEYS[2], ARGV[2]) end
return 1`,
} as const;
