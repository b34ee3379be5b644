#pragma once

#include "data/store.hpp"
#include "server/access/access.hpp"
#include "server/delivery/sender.hpp"
#include "server/event_hub.hpp"
#include "server/features/columns.hpp"
#include "server/flows/ledger_care.hpp"
#include "server/flows/retention.hpp"
#include "server/flows/served_archives.hpp"
#include "server/flows/snapshots.hpp"
#include "server/flows/statistics.hpp"
#include "server/http/router.hpp"
#include "server/http/server.hpp"
#include "server/imports/jobs.hpp"
#include "server/imports/upload_folder.hpp"
#include "server/metrics.hpp"
#include "server/packs/pack_maker.hpp"
#include "server/settings.hpp"
#include "server/telemetry/log.hpp"
#include "tiles/tile_cache.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace keyaki::server {

class CheckInFlow;
class Rallies;
class RecentAttempts;

/// Everything that requests share. Lives longer than the HTTP server that calls the routes; all members may be used from any thread.
class Application {
  public:
    /// Loads what is published and begins to watch the database for what others commit. Error conflict for a ledger that is behind its published
    /// head.
    Application(Settings settings, std::unique_ptr<data::Store> store);
    ~Application();
    Application(const Application &) = delete;
    Application &operator=(const Application &) = delete;

    [[nodiscard]] const Settings &settings() const noexcept { return m_settings; }
    [[nodiscard]] data::Store &store() noexcept { return *m_store; }
    [[nodiscard]] access::Access &access() noexcept { return m_access; }
    [[nodiscard]] Snapshots &snapshots() noexcept { return m_snapshots; }
    /// Brings what has been committed into service before it returns, for who has just published and tells others so. Where that fails the watcher
    /// tries again.
    void bring_in_changes();
    [[nodiscard]] Rallies &rallies() noexcept { return *m_rallies; }
    [[nodiscard]] CheckInFlow &check_ins() noexcept { return *m_check_ins; }
    [[nodiscard]] ColumnsOfLayers &columns() noexcept { return m_columns; }
    [[nodiscard]] EventHub &events() noexcept { return m_events; }
    [[nodiscard]] tiles::TileCache &tile_cache() noexcept { return m_tile_cache; }
    [[nodiscard]] const ServedArchives &archives() const noexcept { return m_archives; }
    /// nullptr where the settings want no packs.
    [[nodiscard]] const packs::PackMaker *packs() const noexcept { return m_packs.get(); }
    [[nodiscard]] imports::Jobs &import_jobs() noexcept { return m_import_jobs; }
    [[nodiscard]] imports::UploadFolder &uploads() noexcept { return m_uploads; }
    /// What is remembered of an erased member in memory alone.
    void forget_member(const std::string &member);
    [[nodiscard]] Statistics &statistics() noexcept { return m_statistics; }
    [[nodiscard]] const Retention &retention() const noexcept { return m_retention; }
    [[nodiscard]] const LedgerCare &ledger_care() const noexcept { return m_ledger_care; }
    [[nodiscard]] const delivery::Sender &sender() const noexcept { return m_sender; }
    [[nodiscard]] Metrics &metrics() noexcept { return m_metrics; }

    /// False while the database cannot be asked: the map goes on, check-ins cannot.
    [[nodiscard]] bool is_database_reachable() const noexcept { return m_is_database_reachable; }
    /// What /readyz says: everything can be done.
    [[nodiscard]] bool is_ready();
    /// The port that links name when no public address is set; known once the server listens.
    [[nodiscard]] std::uint16_t port() const noexcept { return m_port; }
    void set_port(std::uint16_t port) noexcept { m_port = port; }

    /// Before the server starts: where the figures of HTTP and of the log come from. Both outlive the requests.
    void set_http_statistics(std::function<http::ServerStatistics()> statistics) { m_http_statistics = std::move(statistics); }
    void set_log(const telemetry::Log &log) noexcept { m_log = &log; }
    [[nodiscard]] http::ServerStatistics http_statistics() const;
    [[nodiscard]] telemetry::LogStatistics log_statistics() const;

  private:
    void watch(const std::stop_token &stop);

    Settings m_settings;
    std::unique_ptr<data::Store> m_store;
    LedgerCare m_ledger_care; ///< first of what uses the store: it refuses one that forgot something
    access::Access m_access;
    Snapshots m_snapshots;
    EventHub m_events;
    std::unique_ptr<Rallies> m_rallies;
    std::unique_ptr<RecentAttempts> m_recent_attempts;
    std::unique_ptr<CheckInFlow> m_check_ins;
    tiles::TileCache m_tile_cache;
    ServedArchives m_archives;
    std::unique_ptr<packs::PackMaker> m_packs;
    ColumnsOfLayers m_columns;
    Metrics m_metrics;
    imports::UploadFolder m_uploads;
    imports::Jobs m_import_jobs; ///< after what its work uses
    delivery::Sender m_sender;
    Retention m_retention;
    Statistics m_statistics;
    std::function<http::ServerStatistics()> m_http_statistics;
    const telemetry::Log *m_log = nullptr;
    std::atomic<bool> m_is_database_reachable{true};
    std::atomic<std::uint16_t> m_port{0};
    std::jthread m_watcher; ///< last: stops before what it uses goes away
};

/// All routes of the server.
[[nodiscard]] http::Router make_router(Application &application);

} // namespace keyaki::server
