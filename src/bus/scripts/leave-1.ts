// KEYS  1 nodes of the cluster
// ARGV  1 node id   2 its run
// Guarantee: a node takes only itself off the list, not who came back by its id.
export const LEAVE = {
  keys: 1,
  text: `
local own = redis.call('HGET', KEYS[1], ARGV[1])
if not own or not string.find(own, '"run":"' .. ARGV[2] .. '"', 1, true) then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])`,
} as const;
