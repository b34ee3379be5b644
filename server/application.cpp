#include "server/application.hpp"

#include "geo/error.hpp"
#include "server/flows/check_in.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/recent_attempts.hpp"
#include "server/flows/reviews.hpp"
#include "server/limits.hpp"
#include "server/routes/routes.hpp"
#include "server/time.hpp"

#include <spdlog/spdlog.h>

#include <condition_variable>
#include <mutex>

namespace keyaki::server {

namespace {

std::vector<EventHub::LayerRevision> current_revisions(const Snapshots &snapshots) {
    std::vector<EventHub::LayerRevision> revisions;
    const auto catalogue = snapshots.catalogue(); // kept: a publish meanwhile lets the catalogue before it go
    for (const ServedLayer &served : catalogue->layers) {
        const bool is_for_staff = served.layer.spec.visibility != data::Visibility::everyone;
        revisions.push_back({served.layer.spec.id, served.layer.revision, is_for_staff});
    }
    return revisions;
}

/// Between two looks for reviews that nobody decided in time: they lapse after days, so a minute more is nothing.
constexpr std::chrono::minutes review_lapse_interval{1};
/// Of them at a time: each is a transaction, and check-ins pass between.
constexpr std::size_t reviews_lapsed_at_once = 100;

void lapse_due_reviews(data::Store &store, const Rallies &rallies) {
    if (store.writer_statistics().is_read_only) {
        return;
    }
    try {
        lapse_reviews(store, rallies, now_us(), reviews_lapsed_at_once);
    } catch (const std::exception &error) {
        spdlog::error("held check-ins whose time is over were not given back yet: {}", error.what());
    }
}

std::unique_ptr<packs::PackMaker> make_packs(const Settings &settings, Snapshots &snapshots, const ServedArchives &archives) {
    if (settings.pack_folder.empty()) {
        return nullptr;
    }
    return std::make_unique<packs::PackMaker>(snapshots, archives,
                                              packs::PackMakerOptions{settings.pack_folder, settings.pack_key, settings.pack_layers});
}

std::vector<EventHub::ArchiveVersion> current_versions(const ServedArchives &archives) {
    std::vector<EventHub::ArchiveVersion> versions;
    for (const ServedArchives::Figures &figures : archives.figures()) {
        if (const auto opened = archives.find(figures.id)) {
            versions.push_back({figures.id, version_text(*opened)});
        }
    }
    return versions;
}

} // namespace

Application::Application(Settings settings, std::unique_ptr<data::Store> store)
    : m_settings(std::move(settings)), m_store(std::move(store)), m_ledger_care(*m_store, m_settings.ledger_head_file),
      m_access(*m_store, m_settings.access), m_snapshots(*m_store),
      m_events([this] { return current_revisions(m_snapshots); }, event_heartbeat, [this] { return current_versions(m_archives); }),
      m_rallies(std::make_unique<Rallies>(*m_store)), m_recent_attempts(std::make_unique<RecentAttempts>(*m_store)),
      m_check_ins(std::make_unique<CheckInFlow>(*m_store, m_snapshots, *m_rallies, *m_recent_attempts)),
      m_tile_cache(m_settings.tile_cache_mib * std::size_t{1024} * 1024), m_archives(m_settings.archives),
      m_packs(make_packs(m_settings, m_snapshots, m_archives)), m_uploads(m_settings.upload_folder),
      m_sender(*m_store, {m_settings.webhook_networks, m_settings.webhook_ca_file, m_settings.public_url}),
      m_retention(*m_store, m_settings.database), m_statistics(*m_store) {
    m_snapshots.on_publish([this](Publication &&publication) { m_events.announce(std::move(publication)); });
    m_archives.on_replaced([this](ArchiveReplacement &&replacement) { m_events.announce(std::move(replacement)); });
    m_watcher = std::jthread([this](const std::stop_token &stop) { watch(stop); });
}

Application::~Application() = default;

void Application::forget_member(const std::string &member) { m_recent_attempts->forget_member(member); }

bool Application::is_ready() {
    const data::WriterStatistics writer = m_store->writer_statistics();
    return m_is_database_reachable && !writer.is_stopped && !writer.is_disk_full;
}

http::ServerStatistics Application::http_statistics() const { return m_http_statistics ? m_http_statistics() : http::ServerStatistics(); }

telemetry::LogStatistics Application::log_statistics() const { return m_log != nullptr ? m_log->statistics() : telemetry::LogStatistics(); }

void Application::bring_in_changes() {
    try {
        m_snapshots.refresh();
    } catch (const std::exception &error) {
        m_metrics.count_refresh_failure();
        spdlog::error("what was published is not in service yet: {}", error.what());
    }
}

void Application::watch(const std::stop_token &stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    std::uint64_t seen = 0; // differs from every counter of the store, so the first look also brings in what came while we started
    bool is_first = true;
    auto next_forgetting = std::chrono::steady_clock::now();
    auto next_lapse = std::chrono::steady_clock::now() + review_lapse_interval;
    while (!woken.wait_for(lock, stop, change_poll_interval, [] { return false; }) && !stop.stop_requested()) {
        if (const auto now = std::chrono::steady_clock::now(); now >= next_forgetting) {
            next_forgetting = now + forgetting_interval;
            m_recent_attempts->forget_what_is_over(now_us() / 1000);
        }
        try {
            const std::uint64_t counter = m_store->change_counter();
            if (is_first || counter != seen) {
                m_rallies->refresh();
                m_snapshots.refresh();
                m_sender.wake();
                seen = counter;
                is_first = false;
            }
            m_is_database_reachable = true;
            if (std::chrono::steady_clock::now() >= next_lapse) {
                next_lapse = std::chrono::steady_clock::now() + review_lapse_interval;
                lapse_due_reviews(*m_store, *m_rallies);
            }
        } catch (const std::exception &error) {
            m_metrics.count_refresh_failure();
            if (m_is_database_reachable.exchange(false)) {
                spdlog::error("the database cannot be read, serving what is in memory: {}", error.what());
            }
        }
    }
}

http::Router make_router(Application &application) {
    http::Router router;
    add_health_routes(router, application);
    add_tile_routes(router, application);
    add_collection_routes(router, application);
    add_item_routes(router, application);
    add_schema_routes(router, application);
    add_queryable_routes(router, application);
    add_tileset_routes(router, application);
    add_edit_routes(router, application);
    add_layer_routes(router, application);
    add_summary_routes(router, application);
    add_fence_routes(router, application);
    add_draft_routes(router, application);
    add_revision_routes(router, application);
    add_event_routes(router, application);
    add_pack_routes(router, application);
    add_page_routes(router, application);
    add_style_routes(router, application);
    add_glyph_routes(router, application);
    add_import_routes(router, application);
    add_job_routes(router, application);
    add_check_in_routes(router, application);
    add_review_routes(router, application);
    add_rally_routes(router, application);
    add_ledger_routes(router, application);
    add_ledger_transfer_routes(router, application);
    add_ledger_shop_routes(router, application);
    add_coupon_routes(router, application);
    add_member_routes(router, application);
    add_statistics_routes(router, application);
    add_webhook_routes(router, application);
    add_api_description_route(router, application); // last: it describes all routes before it
    return router;
}

} // namespace keyaki::server
