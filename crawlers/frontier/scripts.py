"""The Lua scripts of the Redis frontier: each one is a step that happens whole or not at all.

Keys, in this order: ``facts`` (hash), ``memory`` (hash: key to value), ``seen`` (hash: name to id), ``asks`` (hash: id to
``priority body``, absent once done), ``queue`` (sorted set of ids), ``leases`` (hash: id to worker), ``failed`` (hash: id to
reason), ``workers`` (sorted set: worker to the time when its leases return), ``passing`` (hash: the part of the memory
that ends with the generation, its keys with a ``~`` before them).
Arguments begin with generation, worker and lease in milliseconds.
"""

KEYS = ("facts", "memory", "seen", "asks", "queue", "leases", "failed", "workers", "passing")

_COMMON = """
local facts, memory, seen, asks, queue, leases, failed, workers, passing = unpack(KEYS)
local generation, worker, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- ids of one width, so that among equal priorities the older goes first
local function back(id)
  local ask = redis.call('HGET', asks, id)
  if ask then redis.call('ZADD', queue, -tonumber(string.match(ask, '^%-?%d+')), id) end
end

local function release(from)
  local held = redis.call('HGETALL', leases)
  for i = 1, #held, 2 do
    if held[i + 1] == from then
      redis.call('HDEL', leases, held[i])
      back(held[i])
    end
  end
end

local function stay()
  redis.call('ZADD', workers, now + lease, worker)
end

local function reap()
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', workers, '-inf', now)) do
    release(dead)
    redis.call('ZREM', workers, dead)
  end
end

-- 'over': this generation is finished, by whomever; 'gone': what was kept is no more
local function state()
  local held = redis.call('HMGET', facts, 'generation', 'finished')
  if not held[1] then return 'gone' end
  if held[1] ~= generation or held[2] ~= '0' then return 'over' end
  return 'open'
end
"""

# more arguments: pairs of facts for a new generation
BEGIN = (
    _COMMON
    + """
reap()
local resumed = redis.call('HGET', facts, 'finished') == '0'
if not resumed then
  redis.call('DEL', seen, asks, queue, leases, failed, workers, passing)
  for i = 4, #ARGV, 2 do redis.call('HSET', facts, ARGV[i], ARGV[i + 1]) end
  redis.call('HSET', facts, 'finished', '0', 'failures', '0')
  redis.call('HINCRBY', facts, 'generation', 1)
elseif redis.call('ZCARD', workers) == 0 then
  for _, id in ipairs(redis.call('HKEYS', failed)) do back(id) end
  for _, id in ipairs(redis.call('HKEYS', leases)) do back(id) end
  redis.call('DEL', failed, leases)
end
stay()
return {resumed and 1 or 0, redis.call('HGET', facts, 'generation')}
"""
)

# more arguments: how many to lease, how many asks, how many receipts; of each ask: name, 'priority body', memory key
# and value; of each receipt: id and reason; then pairs of memory
STEP = (
    _COMMON
    + """
local open = state()
if open ~= 'open' then return {open} end
stay()
local want, count, receipts = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local at, unchanged = 7, 0
for _ = 1, count do
  local name, ask, key, value = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  at = at + 4
  if key ~= '' and redis.call('HGET', memory, key) == value then
    unchanged = unchanged + 1
  elseif redis.call('HEXISTS', seen, name) == 0 then
    local id = string.format('%015d', redis.call('HINCRBY', facts, 'asks', 1))
    redis.call('HSET', seen, name, id)
    redis.call('HSET', asks, id, ask)
    back(id)
  end
end
for _ = 1, receipts do
  local id, reason = ARGV[at], ARGV[at + 1]
  at = at + 2
  if redis.call('HEXISTS', asks, id) == 1 then
    redis.call('HDEL', leases, id)
    redis.call('ZREM', queue, id)
    if reason == '' then
      redis.call('HDEL', asks, id)
      redis.call('HDEL', failed, id)
    else
      redis.call('HSET', failed, id, reason)
    end
  end
end
for i = at, #ARGV, 2 do
  redis.call('HSET', string.sub(ARGV[i], 1, 1) == '~' and passing or memory, ARGV[i], ARGV[i + 1])
end
local taken = {}
if want > 0 then
  local first = redis.call('ZPOPMIN', queue, want)
  for i = 1, #first, 2 do
    redis.call('HSET', leases, first[i], worker)
    taken[#taken + 1] = first[i]
    taken[#taken + 1] = redis.call('HGET', asks, first[i])
  end
end
local waiting, elsewhere = redis.call('ZCARD', queue), 0
if waiting == 0 then
  for _, holder in ipairs(redis.call('HVALS', leases)) do
    if holder ~= worker then elsewhere = elsewhere + 1 end
  end
end
return {open, unchanged, waiting, elsewhere, taken}
"""
)

# more arguments: the ids that the worker knows it holds; whatever else was leased to it, in an answer that never
# arrived, goes back
RECLAIM = (
    _COMMON
    + """
local known = {}
for i = 4, #ARGV do known[ARGV[i]] = true end
local held = redis.call('HGETALL', leases)
for i = 1, #held, 2 do
  if held[i + 1] == worker and not known[held[i]] then
    redis.call('HDEL', leases, held[i])
    back(held[i])
  end
end
return state()
"""
)

# A worker that could not say for too long that it lives (Redis was away, the machine slept) judges nobody: the others
# may not have been able to either.
BEAT = (
    _COMMON
    + """
if state() ~= 'open' then return state() end
local mine = redis.call('ZSCORE', workers, worker)
if mine and tonumber(mine) > now then
  reap()
else
  for _, one in ipairs(redis.call('ZRANGE', workers, 0, -1)) do redis.call('ZADD', workers, now + lease, one) end
end
stay()
return 'open'
"""
)

FINISH = (
    _COMMON
    + """
if state() ~= 'open' or redis.call('ZCARD', queue) > 0 or redis.call('HLEN', leases) > 0 then return 0 end
redis.call('HSET', facts, 'finished', '1', 'finished_at', now, 'failures', redis.call('HLEN', failed))
redis.call('DEL', seen, asks, queue, leases, failed, passing)
return 1
"""
)

LEAVE = (
    _COMMON
    + """
release(worker)
redis.call('ZREM', workers, worker)
return state()
"""
)

# keys: turn, busy; arguments: token, lease and delay in milliseconds, requests at once. 0: go; else milliseconds to wait
START = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return '50' end
local turn = tonumber(redis.call('GET', KEYS[1]) or '0')
if turn > now then return tostring(turn - now) end
redis.call('SET', KEYS[1], string.format('%.3f', now + tonumber(ARGV[3])))
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), ARGV[1])
return '0'
"""

# keys: turn, busy; argument: milliseconds in which nobody may ask
HOLD = """
local clock = redis.call('TIME')
local till = clock[1] * 1000 + clock[2] / 1000 + tonumber(ARGV[1])
if till > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.3f', till))
end
return 1
"""

# keys: turn, busy; arguments: lease in milliseconds, tokens of requests that are still under way
STILL = """
local clock = redis.call('TIME')
local till = clock[1] * 1000 + clock[2] / 1000 + tonumber(ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[2], 'XX', till, ARGV[i]) end
return 1
"""
