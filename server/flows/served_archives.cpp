#include "server/flows/served_archives.hpp"

#include "geo/error.hpp"
#include "server/limits.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <utility>

namespace keyaki::server {

namespace {

/// The file under the name, or nothing where there is none.
std::optional<tiles::FileVersion> version_there(const std::filesystem::path &file) {
    try {
        return tiles::version_of(file);
    } catch (const geo::Error &) {
        return std::nullopt;
    }
}

} // namespace

struct ServedArchives::Served {
    explicit Served(ArchiveSettings the_settings) : settings(std::move(the_settings)) {}

    const ArchiveSettings settings;
    mutable std::mutex mutex; ///< guards `opened` and the figures
    std::shared_ptr<const OpenedArchive> opened;
    bool is_behind = false;
    std::uint64_t openings = 0;
    std::uint64_t failures = 0;
    // Of the one who looks alone (m_looking):
    std::optional<tiles::FileVersion> seen;    ///< at the last look
    std::optional<tiles::FileVersion> refused; ///< can never be served
    std::optional<tiles::FileVersion> told_of; ///< the version of which the log was told last
    std::string told;                          ///< and what
};

ServedArchives::ServedArchives(const std::vector<ArchiveSettings> &settings) {
    for (const ArchiveSettings &one : settings) {
        m_archives.push_back(std::make_unique<Served>(one));
        look_at(*m_archives.back(), true);
    }
    if (!m_archives.empty()) {
        m_watcher = std::jthread([this](const std::stop_token &stop) { watch(stop); });
    }
}

ServedArchives::~ServedArchives() = default;

const ArchiveSettings *ServedArchives::settings_of(std::string_view id) const noexcept {
    const auto found = std::find_if(m_archives.begin(), m_archives.end(), [id](const auto &served) { return served->settings.id == id; });
    return found == m_archives.end() ? nullptr : &(*found)->settings;
}

std::shared_ptr<const OpenedArchive> ServedArchives::find(std::string_view id) const {
    const auto found = std::find_if(m_archives.begin(), m_archives.end(), [id](const auto &served) { return served->settings.id == id; });
    if (found == m_archives.end()) {
        return nullptr;
    }
    const std::lock_guard lock((*found)->mutex);
    return (*found)->opened;
}

std::vector<ServedArchives::Figures> ServedArchives::figures() const {
    std::vector<Figures> all;
    for (const auto &served : m_archives) {
        const std::lock_guard lock(served->mutex);
        all.push_back({served->settings.id, served->opened != nullptr, served->is_behind, served->opened ? served->opened->version.modified_ns : 0,
                       served->openings, served->failures});
    }
    return all;
}

void ServedArchives::on_replaced(std::function<void(ArchiveReplacement &&)> listener) {
    const std::lock_guard lock(m_looking);
    m_listener = std::move(listener);
}

void ServedArchives::look() {
    const std::lock_guard lock(m_looking);
    for (const auto &served : m_archives) {
        look_at(*served, false);
    }
}

void ServedArchives::look_at(Served &served, bool is_first) {
    const auto there = version_there(served.settings.file);
    const bool is_at_rest = is_first || there == served.seen; // who copies into its place has not finished while it changes
    served.seen = there;
    {
        const std::lock_guard lock(served.mutex);
        served.is_behind = !served.opened || there != served.opened->version;
        if (!served.is_behind || !is_at_rest || (!is_first && there == served.refused)) {
            return;
        }
    }
    std::shared_ptr<const OpenedArchive> opened = try_to_open(served, there);
    if (!opened) {
        return;
    }
    ArchiveReplacement replacement{served.settings.id, nullptr, opened};
    {
        const std::lock_guard lock(served.mutex);
        ++served.openings;
        served.is_behind = false;
        replacement.before = std::exchange(served.opened, std::move(opened)); // it goes when the last request that holds it ends
    }
    if (m_listener) {
        m_listener(std::move(replacement));
    }
}

std::shared_ptr<const OpenedArchive> ServedArchives::try_to_open(Served &served, const std::optional<tiles::FileVersion> &there) const {
    try {
        auto opened = open_archive(served.settings.file);
        spdlog::info("archive {} is served from {}: {} bytes, zooms {} to {}", served.settings.id, served.settings.file.string(),
                     opened->version.size_bytes, opened->zoom_min, opened->zoom_max);
        served.refused.reset();
        served.told.clear();
        return opened;
    } catch (const std::exception &error) {
        const auto *known = dynamic_cast<const geo::Error *>(&error);
        if (known != nullptr && known->kind() != geo::ErrorKind::unavailable) {
            served.refused = there; // the same bytes again would say the same
        }
        if (served.told == error.what() && served.told_of == there) {
            return nullptr;
        }
        served.told = error.what();
        served.told_of = there;
        const std::lock_guard lock(served.mutex);
        ++served.failures;
        spdlog::error("archive {} cannot be served{}: {}", served.settings.id, served.opened ? ", the one before stays" : "", error.what());
        return nullptr;
    }
}

void ServedArchives::watch(const std::stop_token &stop) {
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    while (!woken.wait_for(lock, stop, archive_poll_interval, [] { return false; }) && !stop.stop_requested()) {
        look();
    }
}

} // namespace keyaki::server
