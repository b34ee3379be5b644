-- wrk's script of tests/bench/peers/check_ins.mjs: each request a check-in of another member, whose account it makes: the clock is the real one, and
-- nobody is at two spots within seconds. Arguments: the API key.
local spot_count = 200
local threads = 0

function setup(thread)
  thread:set("first", threads)
  threads = threads + 1
end

function init(words)
  number = first
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer " .. words[1]
end

local function fix(lon, lat, taken)
  return string.format('{"lon":%.6f,"lat":%.6f,"accuracy_m":8,"taken_at":"%s"}', lon, lat, os.date("!%Y-%m-%dT%H:%M:%SZ", taken))
end

function request()
  local member, spot = number, number % spot_count
  local lon, lat, now = 139.50 + 0.001 * (spot % 20), 35.77 + 0.001 * math.floor(spot / 20), os.time()
  wrk.headers["Idempotency-Key"] = "attempt-" .. number
  number = number + 2 -- wrk has one thread or two
  return wrk.format(nil, "/checkins", nil, string.format(
    '{"member":"m-%d","rally":"walk","spot":"spots/s%d","platform":"android","fixes":[%s,%s]}', member, spot, fix(lon, lat, now - 5), fix(lon, lat, now - 1)))
end
