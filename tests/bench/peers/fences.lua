-- Questions for fences as wrk sends them. Arguments: the file of positions (longitude, tab, latitude), positions in one question.
local requests = {}
local last = 0

function init(arguments)
  local in_one = tonumber(arguments[2])
  local positions = {}
  for line in io.lines(arguments[1]) do
    local lon, lat = line:match("^(%S+)\t(%S+)$")
    positions[#positions + 1] = string.format('{"lon":%s,"lat":%s,"accuracy_m":20}', lon, lat)
  end
  wrk.headers["Content-Type"] = "application/json"
  for first = 1, #positions - in_one + 1, in_one do
    local body = '{"platform":"android","positions":[' .. table.concat(positions, ",", first, first + in_one - 1) .. "]}"
    requests[#requests + 1] = wrk.format("POST", "/collections/fences/fences", nil, body)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  io.write(string.format("answers %d seconds %.6f refused %d broken %d\n", summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
