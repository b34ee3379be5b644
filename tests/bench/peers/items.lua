-- Pages of items as wrk asks for them. Argument: the file of paths, one a line.
local requests = {}
local last = 0

function init(arguments)
  for path in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  io.write(string.format("answers %d seconds %.6f bytes %d p99_ms %.3f refused %d broken %d\n", summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(99) / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
