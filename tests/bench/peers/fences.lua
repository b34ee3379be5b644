-- Questions for fences as wrk sends them. Arguments: the file of positions (longitude, tab, latitude), positions in one question.
local bodies = {}
local next_body = 0

function init(arguments)
  local in_one = tonumber(arguments[2])
  local positions = {}
  for line in io.lines(arguments[1]) do
    local lon, lat = line:match("^(%S+)\t(%S+)$")
    positions[#positions + 1] = string.format('{"lon":%s,"lat":%s,"accuracy_m":20}', lon, lat)
  end
  for first = 1, #positions - in_one + 1, in_one do
    bodies[#bodies + 1] = '{"platform":"android","positions":[' .. table.concat(positions, ",", first, first + in_one - 1) .. "]}"
  end
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  next_body = next_body % #bodies + 1
  return wrk.format("POST", "/collections/fences/fences", nil, bodies[next_body])
end

function done(summary, latency)
  io.write(string.format("answers %d seconds %.6f refused %d broken %d\n", summary.requests, summary.duration / 1e6, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
