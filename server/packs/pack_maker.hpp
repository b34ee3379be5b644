#pragma once

#include "server/flows/served_archives.hpp"
#include "server/flows/snapshots.hpp"
#include "server/packs/minisign.hpp"
#include "server/packs/pack_shelf.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

namespace keyaki::server::packs {

struct PackMakerOptions {
    std::filesystem::path folder;
    std::filesystem::path key_file;
    std::string layers = "city";
};

/// Makes a pack when the server has started and whenever the published state or the base map has changed since, a while after the last change, on one
/// thread of the lowest priority: everybody who asks the server for something goes before. Any thread may call.
class PackMaker {
  public:
    /// All that is given lives longer. Error as read_key_file()'s and PackShelf's: a server that is to make packs and cannot sign them does not
    /// start.
    PackMaker(Snapshots &snapshots, const ServedArchives &archives, const PackMakerOptions &options);
    ~PackMaker();
    PackMaker(const PackMaker &) = delete;
    PackMaker &operator=(const PackMaker &) = delete;

    [[nodiscard]] const PackShelf &shelf() const noexcept { return m_shelf; }
    [[nodiscard]] const PublicKey &public_key() const noexcept { return m_key.public_key(); }

    struct Figures {
        std::uint64_t made = 0;     ///< packs that came onto the shelf since the start
        std::uint64_t failures = 0; ///< that could not be made; the log says why
        bool is_behind = false;     ///< what is published is not in the newest pack (yet)
        double seconds = 0;         ///< that the last one took
    };
    [[nodiscard]] Figures figures() const;

  private:
    using Clock = std::chrono::steady_clock;
    /// What became of a pack: `again` after a trouble that may pass.
    enum class Outcome : std::uint8_t { made, again, refused };

    void work(const std::stop_token &stop);
    void look_for_changes();
    [[nodiscard]] Outcome try_to_make(const std::stop_token &stop);
    void make(const std::stop_token &stop);
    [[nodiscard]] std::shared_ptr<const OpenedArchive> base() const;

    Snapshots &m_snapshots;
    const ServedArchives &m_archives;
    const std::string m_layers;
    const SecretKey m_key;
    PackShelf m_shelf;
    // Of the maker's thread alone:
    std::weak_ptr<const Catalogue> m_seen; ///< at the last look; keeps no old features in memory
    std::weak_ptr<const OpenedArchive> m_seen_base;
    bool m_is_due = true; ///< a pack is to be made at m_due
    Clock::time_point m_first{};
    Clock::time_point m_due{};
    mutable std::mutex m_mutex;
    Figures m_figures;     ///< guarded by m_mutex
    std::jthread m_thread; ///< last: stops before what it uses goes away
};

} // namespace keyaki::server::packs
