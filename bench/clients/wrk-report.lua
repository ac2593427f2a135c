-- wrk's own report is for people. This runs once, after the load, and costs the load nothing.
done = function(summary, latency, requests)
  io.write(string.format(
    '\n{"requests":%d,"seconds":%f,"bytes":%d,"faults":%d,"p50":%f,"p99":%f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
