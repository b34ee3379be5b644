#pragma once

#include "server/flows/archive_replaced.hpp"
#include "server/flows/archive_settings.hpp"
#include "server/flows/opened_archive.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace keyaki::server {

/// Archives of tiles that are served beside the layers, each under the id of its settings. A file that is replaced comes into service by itself, in
/// one step: whoever holds an OpenedArchive reads on in the old one. A file that cannot be served is told in the log, and the one before stays. Any
/// thread.
class ServedArchives {
  public:
    /// Opens all of them and begins to look for new ones each archive_poll_interval. What cannot be opened is told in the log and looked for again.
    explicit ServedArchives(const std::vector<ArchiveSettings> &settings);
    ~ServedArchives();
    ServedArchives(const ServedArchives &) = delete;
    ServedArchives &operator=(const ServedArchives &) = delete;

    /// Who is told of each version that comes into service after the start. Must return soon.
    void on_replaced(std::function<void(ArchiveReplacement &&)> listener);

    /// nullptr where there is no archive of that id.
    [[nodiscard]] const ArchiveSettings *settings_of(std::string_view id) const noexcept;
    /// The version that is served now; nullptr while none could be opened. \pre settings_of(id)
    [[nodiscard]] std::shared_ptr<const OpenedArchive> find(std::string_view id) const;

    struct Figures {
        std::string id;
        bool is_open = false;
        bool is_behind = false;       ///< the file under the name is another one, and is not served (yet)
        std::int64_t modified_ns = 0; ///< of the version that is served, since 1970
        std::uint64_t openings = 0;
        std::uint64_t failures = 0; ///< versions that could not be served
    };
    [[nodiscard]] std::vector<Figures> figures() const;

    /// One look at all files, as the own thread does it.
    void look();

  private:
    struct Served;
    void look_at(Served &served, bool is_first);
    [[nodiscard]] std::shared_ptr<const OpenedArchive> try_to_open(Served &served, const std::optional<tiles::FileVersion> &there) const;
    void watch(const std::stop_token &stop);

    std::vector<std::unique_ptr<Served>> m_archives;
    std::function<void(ArchiveReplacement &&)> m_listener; ///< guarded by m_looking
    std::mutex m_looking;                                  ///< one looks at a time
    std::jthread m_watcher;                                ///< last: stops before what it uses goes away
};

} // namespace keyaki::server
