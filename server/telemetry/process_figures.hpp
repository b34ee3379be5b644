#pragma once

#include "server/telemetry/metric_text.hpp"

namespace keyaki::server::telemetry {

/// What Linux says of this process, under the names that every Prometheus client library has for it (process_…). A figure that cannot be read is
/// left out, not made up. Any thread.
void write_process_figures(MetricText &text);

} // namespace keyaki::server::telemetry
