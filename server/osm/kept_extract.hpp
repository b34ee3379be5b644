#pragma once

#include "data/store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Writes a new extract into the database, beside the one that is kept. Destroyed without keep(): nothing happened but that some pages were written,
/// which the next one sweeps. One thread.
class ExtractKeeper {
  public:
    explicit ExtractKeeper(data::Store &store);
    ExtractKeeper(const ExtractKeeper &) = delete;
    ExtractKeeper &operator=(const ExtractKeeper &) = delete;

    /// \throws geo::Error too_large past max_kept_extract_bytes
    void put(std::string_view bytes);
    void put_file(const std::filesystem::path &file);
    /// Makes it the kept one; fills in its size and time. Returns what is kept.
    data::OsmExtract keep(data::OsmExtract description);

  private:
    void write_piece();

    data::Store &m_store;
    std::int64_t m_extract = 0;
    std::string m_piece;
    std::uint64_t m_pieces = 0;
    std::uint64_t m_bytes = 0;
};

/// Writes the kept extract to a new file. \throws geo::Error not_found where none is kept, unavailable where the file cannot be written
data::OsmExtract write_kept_extract(data::Store &store, const std::filesystem::path &file);

} // namespace keyaki::server
