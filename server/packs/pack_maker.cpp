#include "server/packs/pack_maker.hpp"

#include "geo/error.hpp"
#include "server/packs/key_file.hpp"
#include "server/packs/limits.hpp"
#include "server/packs/pack_builder.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <sys/resource.h>
#include <unistd.h>

namespace keyaki::server::packs {

namespace {

constexpr std::string_view pack_id = "city";
constexpr std::string_view base_id = "base";

/// Thrown out of a pack in the making when the server ends.
struct Ending {};

/// On Linux the priority is the thread's, and those that it starts have it too.
void take_lowest_priority() {
    constexpr int lowest = 19;
    if (::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), lowest) != 0) {
        spdlog::warn("packs are made at the usual priority: the system does not allow a lower one");
    }
}

} // namespace

PackMaker::PackMaker(Snapshots &snapshots, const ServedArchives &archives, const PackMakerOptions &options)
    : m_snapshots(snapshots), m_archives(archives), m_layers(options.layers), m_key(read_key_file(options.key_file)),
      m_shelf(options.folder, std::string(pack_id)) {
    m_figures.is_behind = true;
    m_thread = std::jthread([this](const std::stop_token &stop) { work(stop); });
}

PackMaker::~PackMaker() = default;

PackMaker::Figures PackMaker::figures() const {
    const std::lock_guard lock(m_mutex);
    return m_figures;
}

std::shared_ptr<const OpenedArchive> PackMaker::base() const {
    return m_archives.settings_of(base_id) == nullptr ? nullptr : m_archives.find(base_id);
}

/// A pack is made once nothing has changed for a while, or changes have gone on for long.
void PackMaker::look_for_changes() {
    const auto catalogue = m_snapshots.catalogue();
    const auto base_now = base();
    if (m_seen.lock() == catalogue && m_seen_base.lock() == base_now) {
        return;
    }
    const auto now = Clock::now();
    m_first = m_is_due ? m_first : now;
    m_due = std::min(now + settle_time, std::max(m_first + settle_time_max, now));
    m_is_due = true;
    m_seen = catalogue;
    m_seen_base = base_now;
    const std::lock_guard lock(m_mutex);
    m_figures.is_behind = true;
}

void PackMaker::work(const std::stop_token &stop) {
    take_lowest_priority();
    m_first = Clock::now();
    look_for_changes();
    if (!m_shelf.find(pack_id)) {
        m_due = m_first; // nothing to hand out yet: at once
    }
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
        look_for_changes();
        if (m_is_due && Clock::now() >= m_due) {
            m_is_due = false;
            try {
                m_is_due = try_to_make(stop) == Outcome::again;
            } catch (const Ending &) {
                return;
            }
            m_first = Clock::now();
            m_due = m_first + retry_time;
        }
        woken.wait_for(lock, stop, change_look_interval, [] { return false; });
    }
}

PackMaker::Outcome PackMaker::try_to_make(const std::stop_token &stop) {
    const auto begun = Clock::now();
    Outcome outcome = Outcome::made;
    try {
        make(stop);
    } catch (const std::exception &error) {
        const auto *known = dynamic_cast<const geo::Error *>(&error);
        const bool is_of_the_city = known != nullptr && (known->kind() == geo::ErrorKind::invalid_input ||
                                                         known->kind() == geo::ErrorKind::not_found || known->kind() == geo::ErrorKind::too_large);
        outcome = is_of_the_city ? Outcome::refused : Outcome::again; // the same state of the city would be refused again
        spdlog::error("no new pack was made{}: {}", m_shelf.find(pack_id) ? ", the one before stays" : "", error.what());
    }
    const std::lock_guard lock(m_mutex);
    m_figures.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    m_figures.is_behind = outcome != Outcome::made;
    m_figures.failures += outcome == Outcome::made ? 0 : 1;
    return outcome;
}

void PackMaker::make(const std::stop_token &stop) {
    PackChoice choice;
    choice.id = pack_id;
    choice.layers = m_layers;
    if (const ArchiveSettings *settings = m_archives.settings_of(base_id)) {
        const auto beneath = m_archives.find(base_id);
        if (!beneath) { // a pack without streets would take the place of one that has them
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("the base map cannot be read at present: {}", settings->file.string()));
        }
        choice.bases.push_back({beneath, attribution_of(*beneath, *settings)});
    }
    const auto check = [&stop](std::uint64_t, std::uint64_t, std::string_view) {
        if (stop.stop_requested()) {
            throw Ending();
        }
    };
    const BuiltPack built = build_pack(m_shelf.place_for_new(), choose_content(m_snapshots, choice), m_key, 1, check);
    if (m_shelf.put_new()) {
        spdlog::info("pack {}@{} is there: {} tiles, {} shelters, {} bytes", pack_id, built.version, built.tiles, built.manifest.shelters,
                     built.manifest.bytes());
        const std::lock_guard lock(m_mutex);
        ++m_figures.made;
    }
}

} // namespace keyaki::server::packs
