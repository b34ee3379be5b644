#include "server/metrics.hpp"

#include "geo/error.hpp"
#include "server/application.hpp"
#include "server/flows/check_in.hpp"
#include "server/rally/reasons.hpp"
#include "server/telemetry/metric_text.hpp"
#include "server/telemetry/process_figures.hpp"
#include "tiles/feature_texts.hpp"
#include "tiles/limits.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <cassert>
#include <vector>

namespace keyaki::server {

namespace {

using telemetry::MetricText;

constexpr std::array outcome_names{"hit", "computed", "waited", "empty", "refused"};
static_assert(outcome_names.size() == static_cast<std::size_t>(TileOutcome::refused) + 1);

/// Zooms of a tile's address; one more for addresses without a zoom.
constexpr std::size_t zoom_count = 31;

constexpr std::size_t verdict_count = static_cast<std::size_t>(rally::Verdict::refused) + 1;
/// One more for attempts that were decided without a reason.
constexpr std::size_t reason_count = static_cast<std::size_t>(rally::Reason::budget_exhausted) + 2;

std::string_view reason_label(std::size_t place) {
    return place + 1 < reason_count ? rally::reason_code(static_cast<rally::Reason>(place)) : std::string_view();
}

template <typename Name>
std::size_t place_of(std::size_t count, std::string_view wanted, Name name) {
    std::size_t place = 0;
    while (place + 1 < count && name(place) != wanted) {
        ++place;
    }
    return place;
}

void write_writer(MetricText &text, const data::WriterStatistics &writer) {
    text.histogram("keyaki_writer_commit_duration_seconds", "One commit of the database's writer with its fsync.")
        .distribution(writer.commit_seconds.upper_bounds(), writer.commit_seconds.counts(), writer.commit_seconds.sum());
    text.histogram("keyaki_writer_group_commands", "Commands that shared one commit.")
        .distribution(writer.group_commands.upper_bounds(), writer.group_commands.counts(), writer.group_commands.sum());
    text.counter("keyaki_writer_commands_total", "Commands that the writer has answered.").value(static_cast<double>(writer.commands));
    text.counter("keyaki_writer_refused_total", "Commands that were refused because the queue was full or the writer has stopped.")
        .value(static_cast<double>(writer.refused));
    text.gauge("keyaki_writer_queue_length", "Commands that wait for the writer.").value(static_cast<double>(writer.queue_length));
    text.gauge("keyaki_writer_queue_limit", "Commands that may wait; more are refused.").value(static_cast<double>(writer.queue_limit));
    text.gauge("keyaki_writer_stopped", "1 after a failed write: nothing is written any more until keyaki is started again.")
        .value(writer.is_stopped ? 1 : 0);
    text.gauge("keyaki_writer_read_only", "1 where the database could only be read when it was opened: the map is served, changes are refused.")
        .value(writer.is_read_only ? 1 : 0);
    text.gauge("keyaki_writer_disk_full", "1 while the last change found no room on the disk; cleared by itself when there is some.")
        .value(writer.is_disk_full ? 1 : 0);
}

/// Layers that everyone may see: even the names of staff's layers are staff's.
template <typename Figure>
void write_layer_gauge(MetricText &text, const Catalogue &catalogue, std::string_view name, std::string_view help, Figure figure) {
    text.gauge(name, help);
    for (const ServedLayer &served : catalogue.layers) {
        if (served.layer.spec.visibility == data::Visibility::everyone) {
            text.value(figure(served), {{"layer", served.layer.spec.id}});
        }
    }
}

void write_layers(MetricText &text, const Catalogue &catalogue, const SnapshotStatistics &statistics) {
    write_layer_gauge(text, catalogue, "keyaki_layer_revision", "The revision that is served.",
                      [](const ServedLayer &served) { return static_cast<double>(served.layer.revision); });
    write_layer_gauge(text, catalogue, "keyaki_layer_features", "Features of the revision that is served.",
                      [](const ServedLayer &served) { return static_cast<double>(served.snapshot->size()); });
    write_layer_gauge(text, catalogue, "keyaki_layer_snapshot_bytes", "Memory of the revision that is served.",
                      [](const ServedLayer &served) { return static_cast<double>(served.snapshot->memory_bytes()); });
    write_layer_gauge(text, catalogue, "keyaki_layer_published_timestamp_seconds", "When the revision that is served was published, as Unix time.",
                      [](const ServedLayer &served) { return static_cast<double>(served.layer.published_at_us) / 1e6; });
    text.counter("keyaki_layer_publishes_total", "Revisions of layers that came into service since the start, rollbacks included.")
        .value(static_cast<double>(statistics.publishes));
    text.gauge("keyaki_old_revisions", "Older revisions of layers in memory for maps that ask for them by number.")
        .value(static_cast<double>(statistics.old_revisions));
    text.gauge("keyaki_old_revisions_bytes", "Memory of those, parts that several share counted once.")
        .value(static_cast<double>(statistics.old_revision_bytes));
    text.gauge("keyaki_feature_text_bytes", "Memory of features that are kept as text for pages of items; at most the limit.")
        .value(static_cast<double>(tiles::FeatureTexts::bytes_in_use()));
    text.gauge("keyaki_feature_text_limit_bytes", "What those may take; features that have no room are written anew for each page.")
        .value(static_cast<double>(tiles::max_feature_text_bytes));
    text.histogram("keyaki_layer_load_duration_seconds", "From the sight of a new revision to its snapshot.")
        .distribution(statistics.load_seconds.upper_bounds(), statistics.load_seconds.counts(), statistics.load_seconds.sum());
}

void write_packs(MetricText &text, const packs::PackMaker *packs) {
    const auto figures = packs == nullptr ? packs::PackMaker::Figures() : packs->figures();
    text.gauge("keyaki_pack_behind", "1 while what is published is not in the newest pack.").value(figures.is_behind ? 1 : 0);
    text.counter("keyaki_packs_total", "Packs that were made.").value(static_cast<double>(figures.made));
    text.counter("keyaki_pack_failures_total", "Packs that could not be made; the log says why.").value(static_cast<double>(figures.failures));
    text.gauge("keyaki_pack_duration_seconds", "How long the last pack took, in the background.").value(figures.seconds);
}

void write_archives(MetricText &text, const ServedArchives &archives) {
    const auto figures = archives.figures();
    const auto write = [&](std::string_view name, std::string_view help, auto &&figure) {
        text.gauge(name, help);
        for (const ServedArchives::Figures &one : figures) {
            text.value(figure(one), {{"archive", one.id}});
        }
    };
    write("keyaki_archive_open", "1 while an archive of tiles is served.", [](const auto &one) { return one.is_open ? 1.0 : 0.0; });
    write("keyaki_archive_behind", "1 while the file under the archive's name is not the one that is served: it is new, gone, or cannot be served.",
          [](const auto &one) { return one.is_behind ? 1.0 : 0.0; });
    write("keyaki_archive_modified_timestamp_seconds", "When the file that is served was written, as Unix time.",
          [](const auto &one) { return static_cast<double>(one.modified_ns) / 1e9; });
    text.counter("keyaki_archive_openings_total", "Files of an archive that came into service.");
    for (const ServedArchives::Figures &one : figures) {
        text.value(static_cast<double>(one.openings), {{"archive", one.id}});
    }
    text.counter("keyaki_archive_failures_total", "Files of an archive that could not be served; the log says why.");
    for (const ServedArchives::Figures &one : figures) {
        text.value(static_cast<double>(one.failures), {{"archive", one.id}});
    }
}

void write_access(MetricText &text, const access::Access &access) {
    text.counter("keyaki_access_refusals_total", "Requests that were not let through, by what was wrong with their key or token.");
    for (std::size_t place = 0; place < access::refusal_count; ++place) {
        const auto refusal = static_cast<access::Refusal>(place);
        text.value(static_cast<double>(access.refusals(refusal)), {{"reason", access::refusal_name(refusal)}});
    }
    const access::KeySourceFigures keys = access.figures();
    text.gauge("keyaki_oidc_keys", "Keys of the OpenID Connect issuer that tokens can be verified with; 0 where no issuer is set.")
        .value(static_cast<double>(keys.keys));
    text.gauge("keyaki_oidc_keys_age_seconds", "Since these keys were last read well; 0 where no issuer is set.")
        .value(static_cast<double>(keys.age.count()));
    text.counter("keyaki_oidc_key_reads_total", "Reads of the issuer's keys, well or not.").value(static_cast<double>(keys.reads));
    text.counter("keyaki_oidc_key_read_failures_total", "Reads of the issuer's keys that failed; the keys stayed as they were.")
        .value(static_cast<double>(keys.failures));
}

void write_delivery(MetricText &text, Application &application) {
    const auto figures = application.sender().figures();
    text.counter("keyaki_webhook_deliveries_total", "Events that receivers have taken, by webhook.");
    for (const auto &[webhook, figure] : figures) {
        text.value(static_cast<double>(figure.delivered), {{"webhook", webhook}});
    }
    text.counter("keyaki_webhook_failures_total", "Attempts that failed, by webhook.");
    for (const auto &[webhook, figure] : figures) {
        text.value(static_cast<double>(figure.failed), {{"webhook", webhook}});
    }
    text.counter("keyaki_webhook_given_up_total", "Events that have become dead letters, by webhook.");
    for (const auto &[webhook, figure] : figures) {
        text.value(static_cast<double>(figure.given_up), {{"webhook", webhook}});
    }
    text.counter("keyaki_webhook_attempt_seconds_total", "Time that attempts took, by webhook.");
    for (const auto &[webhook, figure] : figures) {
        text.value(figure.seconds, {{"webhook", webhook}});
    }
    auto webhooks = application.store().webhook_figures();
    std::erase_if(webhooks,
                  [](const data::WebhookFigures &figure) { return figure.webhook.ended_at_us.has_value(); }); // nothing can be done about them
    text.gauge("keyaki_webhook_behind", "Events that a receiver has not been told of yet, of all types.");
    for (const data::WebhookFigures &figure : webhooks) {
        text.value(static_cast<double>(figure.behind), {{"webhook", figure.webhook.id}});
    }
    text.gauge("keyaki_webhook_waiting", "Events that failed and will be tried again, or wait behind one of the same subject.");
    for (const data::WebhookFigures &figure : webhooks) {
        text.value(static_cast<double>(figure.waiting), {{"webhook", figure.webhook.id}});
    }
    text.gauge("keyaki_webhook_dead_letters", "Events that were given up after three days: keyaki webhook dead, keyaki webhook replay.");
    for (const data::WebhookFigures &figure : webhooks) {
        text.value(static_cast<double>(figure.dead_letters), {{"webhook", figure.webhook.id}});
    }
}

void write_ledger(MetricText &text, Application &application) {
    text.gauge("keyaki_ledger_sequence", "The number of the ledger's newest entry.")
        .value(static_cast<double>(application.store().ledger_head().sequence));
    text.counter("keyaki_ledger_ended_total", "Pending transfers whose time was over and lots that expired, ended by the maintenance pass.")
        .value(static_cast<double>(application.ledger_care().ended()));
    text.counter("keyaki_ledger_care_failures_total", "Maintenance passes that failed, the publishing of the head included.")
        .value(static_cast<double>(application.ledger_care().failures()));
    text.counter("keyaki_retention_removed_total", "Rows about people that were removed because they had been kept for long enough.")
        .value(static_cast<double>(application.retention().removed()));
    text.counter("keyaki_retention_failures_total", "Passes over what has been kept for long enough that failed.")
        .value(static_cast<double>(application.retention().failures()));
}

/// What only the database knows; left out while it cannot be read, so that everything else is shown.
void write_books(MetricText &text, Application &application) {
    try {
        write_ledger(text, application);
        write_delivery(text, application);
    } catch (const geo::Error &error) {
        spdlog::warn("metrics of the ledger and of delivery are left out: {}", error.what());
    }
}

void write_state(MetricText &text, Application &application, std::uint64_t refresh_failures) {
    text.gauge("keyaki_build_info", "1; the label says which version runs.").value(1, {{"version", KEYAKI_VERSION}});
    text.gauge("keyaki_ready", "1 while everything can be done, as /readyz says.").value(application.is_ready() ? 1 : 0);
    text.gauge("keyaki_database_reachable", "1 while the database can be read.").value(application.is_database_reachable() ? 1 : 0);
    text.counter("keyaki_database_refresh_failures_total", "Looks for newly published layers that failed.")
        .value(static_cast<double>(refresh_failures));
    const telemetry::LogStatistics log = application.log_statistics();
    text.counter("keyaki_log_lines_total", "Lines of the log by level.");
    for (std::size_t level = 0; level < log.lines.size(); ++level) {
        text.value(static_cast<double>(log.lines.at(level)), {{"level", telemetry::log_level_names.at(level)}});
    }
    text.counter("keyaki_log_dropped_lines_total", "Lines that were dropped because whoever takes the log was too slow.")
        .value(static_cast<double>(log.dropped));
}

} // namespace

Metrics::Metrics() : m_tiles((zoom_count + 1) * outcome_names.size()), m_check_ins(verdict_count * reason_count) {}

void Metrics::know_routes(const std::vector<http::Router::Name> &routes) { m_requests = std::make_unique<telemetry::RequestCounters>(routes); }

void Metrics::count_tile(std::optional<std::uint8_t> zoom, TileOutcome outcome) noexcept {
    const std::size_t row = zoom && *zoom < zoom_count ? *zoom : zoom_count;
    m_tiles.add(row * outcome_names.size() + static_cast<std::size_t>(outcome));
}

void Metrics::count_check_in(const CheckInAnswer &answer) noexcept {
    if (answer.key_reused) {
        ++m_reused_keys;
    } else if (answer.replayed) {
        ++m_replays;
    } else {
        const std::size_t verdict =
            place_of(verdict_count, answer.verdict, [](std::size_t place) { return rally::verdict_name(static_cast<rally::Verdict>(place)); });
        m_check_ins.add(verdict * reason_count + place_of(reason_count, answer.first_reason, reason_label));
    }
}

void Metrics::write_tiles(MetricText &text, const tiles::TileCacheStatistics &cache) const {
    text.counter("keyaki_tiles_total",
                 "Requests for tiles by zoom and how they ended: hit, computed or waited for another's computation, empty, refused.");
    for (std::size_t zoom = 0; zoom <= zoom_count; ++zoom) {
        const std::string label = zoom < zoom_count ? std::to_string(zoom) : "none";
        for (std::size_t outcome = 0; outcome < outcome_names.size(); ++outcome) {
            if (const auto count = m_tiles.sum(zoom * outcome_names.size() + outcome); count > 0) {
                text.value(static_cast<double>(count), {{"zoom", label}, {"outcome", outcome_names.at(outcome)}});
            }
        }
    }
    text.gauge("keyaki_tile_cache_bytes", "Finished tiles in memory.").value(static_cast<double>(cache.bytes));
    text.gauge("keyaki_tile_cache_limit_bytes", "What they may take (tile_cache_mib).").value(static_cast<double>(cache.capacity_bytes));
    text.gauge("keyaki_tile_cache_tiles", "Finished tiles in memory.").value(static_cast<double>(cache.tiles));
    text.counter("keyaki_tile_cache_evictions_total", "Tiles that made room for others.").value(static_cast<double>(cache.evictions));
}

void Metrics::write_check_ins(MetricText &text) const {
    text.counter("keyaki_check_ins_total", "Decided check-ins by verdict and deciding reason; replays are not decided again.");
    for (std::size_t verdict = 0; verdict < verdict_count; ++verdict) {
        const std::string_view name = rally::verdict_name(static_cast<rally::Verdict>(verdict));
        for (std::size_t reason = 0; reason < reason_count; ++reason) {
            const auto count = m_check_ins.sum(verdict * reason_count + reason);
            // Verdicts without a reason are shown before the first of them, so that a rate over them begins with it.
            if (count > 0 || reason_label(reason).empty()) {
                text.value(static_cast<double>(count), {{"verdict", name}, {"reason", reason_label(reason)}});
            }
        }
    }
    text.counter("keyaki_idempotent_replays_total", "Check-ins that came again and got their first answer.").value(static_cast<double>(m_replays));
    text.counter("keyaki_idempotency_key_reuses_total", "Check-ins that were refused because their key had come with another body.")
        .value(static_cast<double>(m_reused_keys));
}

std::string Metrics::text(Application &application) const {
    assert(m_requests && "the routes are known before anybody asks");
    MetricText text;
    write_state(text, application, m_refresh_failures);
    write_tiles(text, application.tile_cache().statistics());
    m_requests->write(text, application.http_statistics());
    write_check_ins(text);
    write_access(text, application.access());
    write_writer(text, application.store().writer_statistics());
    write_layers(text, *application.snapshots().catalogue(), application.snapshots().statistics());
    write_archives(text, application.archives());
    write_packs(text, application.packs());
    write_books(text, application);
    telemetry::write_process_figures(text);
    return text.text();
}

} // namespace keyaki::server
