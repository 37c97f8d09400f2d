// KEYS  1 nodes of the cluster, a hash: id -> {"at": ms, "run": ..., and what the node says of itself}
// ARGV  1 node id   2 its run, which another process with the same id does not have   3 what it says of itself, a JSON
//       object that begins with {"run":"<run>",   4 life of a heartbeat, ms   5 age at which a node is forgotten, ms
// Gives the nodes that live, each as its JSON; or the text `taken` while another process lives by the same id.
// Guarantee: all ages are by the clock of this Redis, so that no clock of a node matters.
export const HEARTBEAT = {
  keys: 1,
  text: `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function at(value) return tonumber(string.match(value, '^{"at":(%d+)')) or 0 end
local own = redis.call('HGET', KEYS[1], ARGV[1])
if own and now - at(own) <= tonumber(ARGV[4]) and not string.find(own, '"run":"' .. ARGV[2] .. '"', 1, true) then
  return 'taken'
end
redis.call('HSET', KEYS[1], ARGV[1], '{"at":' .. string.format('%.0f', now) .. ',' .. string.sub(ARGV[3], 2))
local all = redis.call('HGETALL', KEYS[1])
local living = {}
for i = 1, #all, 2 do
  local age = now - at(all[i + 1])
  if age > tonumber(ARGV[5]) then redis.call('HDEL', KEYS[1], all[i])
  elseif age <= tonumber(ARGV[4]) then living[#living + 1] = all[i + 1] end
end
return living`,
} as const;
