-- Asks for the paths listed in the file HUB_BENCH_PATHS, one after the other and from the start again, and tells the
-- figures as one line of JSON. The list is in random order already; each thread begins at another place of it.
local paths = {}
for path in io.lines(os.getenv("HUB_BENCH_PATHS")) do
  paths[#paths + 1] = path
end

local threads = 0
function setup(thread)
  thread:set("first", threads * 7919)
  threads = threads + 1
end

local requests
local at
function init()
  requests = {}
  for number, path in ipairs(paths) do
    requests[number] = wrk.format("GET", path)
  end
  at = first
end

function request()
  at = at + 1
  return requests[at % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, "bad_status": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
