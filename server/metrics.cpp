#include "server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>

namespace keyaki::server {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

/// Seconds: tiles from memory take tens of microseconds, a check-in a millisecond or two, an overloaded server seconds.
const prometheus::Histogram::BucketBoundaries duration_buckets{0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10};

} // namespace

struct Metrics::Families {
    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter> &requests =
        BuildCounter().Name("keyaki_http_requests_total").Help("Answered requests by route and status.").Register(registry);
    prometheus::Family<prometheus::Histogram> &durations =
        BuildHistogram().Name("keyaki_http_request_seconds").Help("From the end of the head to the answer, by route.").Register(registry);
    prometheus::Family<prometheus::Counter> &bytes =
        BuildCounter().Name("keyaki_http_response_bytes_total").Help("Bytes of bodies as sent, by route.").Register(registry);
    prometheus::Family<prometheus::Counter> &check_ins =
        BuildCounter().Name("keyaki_check_ins_total").Help("Decided check-ins by verdict and deciding reason.").Register(registry);
    prometheus::Family<prometheus::Gauge> &writer =
        BuildGauge().Name("keyaki_writer").Help("The database's writer: commits, commands, queue, refusals, seconds in commit.").Register(registry);
    prometheus::Family<prometheus::Gauge> &cache =
        BuildGauge().Name("keyaki_tile_cache").Help("Finished tiles in memory: hits, misses, waits, evictions, bytes.").Register(registry);
    prometheus::Family<prometheus::Gauge> &layer_revision =
        BuildGauge().Name("keyaki_layer_revision").Help("The revision that is served.").Register(registry);
    prometheus::Family<prometheus::Gauge> &layer_features =
        BuildGauge().Name("keyaki_layer_features").Help("Features of the revision that is served.").Register(registry);
    prometheus::Family<prometheus::Gauge> &layer_bytes =
        BuildGauge().Name("keyaki_layer_snapshot_bytes").Help("Memory of the snapshot.").Register(registry);
};

Metrics::Metrics() : m_families(std::make_unique<Families>()) {}
Metrics::~Metrics() = default;

void Metrics::count_request(const http::RequestSummary &summary) {
    const std::string route(summary.route_name.empty() ? "none" : summary.route_name);
    m_families->requests
        .Add({{"route", route}, {"method", std::string(http::method_name(summary.method))}, {"status", std::to_string(summary.status)}})
        .Increment();
    m_families->durations.Add({{"route", route}}, duration_buckets).Observe(std::chrono::duration<double>(summary.duration).count());
    m_families->bytes.Add({{"route", route}}).Increment(static_cast<double>(summary.bytes));
}

void Metrics::count_check_in(std::string_view verdict, std::string_view first_reason, bool replayed) {
    m_families->check_ins.Add({{"verdict", std::string(verdict)}, {"reason", std::string(first_reason)}, {"replayed", replayed ? "true" : "false"}})
        .Increment();
}

std::string Metrics::text(data::Store &store, const tiles::TileCache &cache, const Catalogue &catalogue) {
    const data::WriterStatistics writer = store.writer_statistics();
    const auto set = [](prometheus::Family<prometheus::Gauge> &family, const char *what, double value) { family.Add({{"what", what}}).Set(value); };
    set(m_families->writer, "commits", static_cast<double>(writer.commits));
    set(m_families->writer, "commands", static_cast<double>(writer.commands));
    set(m_families->writer, "queue_length", static_cast<double>(writer.queue_length));
    set(m_families->writer, "refused", static_cast<double>(writer.refused));
    set(m_families->writer, "commit_seconds", writer.fsync_seconds_total);
    set(m_families->writer, "is_stopped", writer.is_stopped ? 1 : 0);
    set(m_families->writer, "is_read_only", writer.is_read_only ? 1 : 0);
    set(m_families->writer, "is_disk_full", writer.is_disk_full ? 1 : 0);
    const tiles::TileCacheStatistics tiles = cache.statistics();
    set(m_families->cache, "hits", static_cast<double>(tiles.hits));
    set(m_families->cache, "misses", static_cast<double>(tiles.misses));
    set(m_families->cache, "waits", static_cast<double>(tiles.waits));
    set(m_families->cache, "evictions", static_cast<double>(tiles.evictions));
    set(m_families->cache, "bytes", static_cast<double>(tiles.bytes));
    for (const ServedLayer &served : catalogue.layers) {
        if (served.layer.spec.visibility != data::Visibility::everyone) {
            continue; // even the names of staff's layers are staff's
        }
        const prometheus::Labels labels{{"layer", served.layer.spec.id}};
        m_families->layer_revision.Add(labels).Set(static_cast<double>(served.layer.revision));
        m_families->layer_features.Add(labels).Set(static_cast<double>(served.snapshot->size()));
        m_families->layer_bytes.Add(labels).Set(static_cast<double>(served.snapshot->memory_bytes()));
    }
    return prometheus::TextSerializer().Serialize(m_families->registry.Collect());
}

} // namespace keyaki::server
