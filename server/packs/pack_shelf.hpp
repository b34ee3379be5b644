#pragma once

#include "server/packs/manifest.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::packs {

/// A pack that lies whole on the shelf. Immutable.
struct ShelvedPack {
    Manifest manifest;
    std::string version;
    std::filesystem::path folder;
    std::filesystem::path zip; ///< all of it as one file
    std::uint64_t zip_bytes = 0;
    std::uint64_t manifest_bytes = 0;
    std::uint64_t signature_bytes = 0;
};
using Pack = std::shared_ptr<const ShelvedPack>;

/// The packs of one id in a folder: each in "{id}-{version}" with "{id}-{version}.zip" beside it, and a link "{id}" to the newest, which every web
/// server can serve and a killed server finds again. Whoever holds a pack reads on in it until its files go, packs_kept packs later. Any thread; one
/// puts packs there.
class PackShelf {
  public:
    /// Finds what is there, and removes what a killed server left of packs that are not whole. Makes the folder. Error unavailable where it cannot be
    /// made.
    PackShelf(std::filesystem::path folder, std::string id);

    [[nodiscard]] const std::string &id() const noexcept { return m_id; }
    /// "city" is the newest, "city@3f2a90c1d4e5" that version; nullptr where there is none.
    [[nodiscard]] Pack find(std::string_view name) const;
    /// The newest first.
    [[nodiscard]] std::vector<Pack> all() const;

    /// Where the next pack is to be built; what a killed server left there goes.
    [[nodiscard]] std::filesystem::path place_for_new() const;
    /// Takes the pack that was built there, and makes it the newest; false where that very pack is the newest already. Removes those past packs_kept.
    /// Error unavailable; then all is as before.
    bool put_new();

  private:
    void remove_what_is_not_whole() const;
    void forget_old();

    const std::filesystem::path m_folder;
    const std::string m_id;
    mutable std::mutex m_mutex;
    std::vector<Pack> m_packs; ///< guarded by m_mutex; the newest first
};

} // namespace keyaki::server::packs
