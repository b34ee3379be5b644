#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace keyaki::server {

/// A folder as osm.org and others publish changes: `state.txt` with the number of the newest, the changes as `000/001/234.osc.gz`
/// (https://wiki.openstreetmap.org/wiki/Planet.osm/diffs).
class ReplicationFolder {
  public:
    /// \throws geo::Error invalid_input where there is no state.txt, or no number in it
    explicit ReplicationFolder(std::filesystem::path folder);

    [[nodiscard]] std::uint64_t newest() const noexcept { return m_newest; }
    /// \throws geo::Error not_found with the number and the path where it is missing
    [[nodiscard]] std::filesystem::path file(std::uint64_t sequence) const;

  private:
    std::filesystem::path m_folder;
    std::uint64_t m_newest = 0;
};

} // namespace keyaki::server
