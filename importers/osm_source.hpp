#pragma once

#include "geo/lon_lat.hpp"
#include "importers/importer.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace osmium::memory {
class Buffer;
}

namespace keyaki::importers {

/// What is asked of one pass through the file. Other objects may come too where the format makes leaving them out no cheaper.
enum class OsmObjects : std::uint8_t { nodes_and_relations, ways, nodes_and_ways_and_relations };

/// What a file is taken for: a map extract, which has each object once, or changes to one (osmChange).
enum class OsmFileKind : std::uint8_t { extract, changes };

/// The fields of a file's header that say to where it is kept current (https://wiki.openstreetmap.org/wiki/PBF_Format, HeaderBlock).
inline constexpr const char *osm_header_time = "osmosis_replication_timestamp";
inline constexpr const char *osm_header_sequence = "osmosis_replication_sequence_number";

/// What the file says of itself. Times in seconds since 1970.
struct OsmFileHeader {
    std::optional<geo::LonLatBox> box;        ///< that it covers
    std::optional<std::int64_t> changed_at_s; ///< osmosis_replication_timestamp: all changes up to then are in it
    std::optional<std::uint64_t> sequence;    ///< osmosis_replication_sequence_number
    bool is_ordered = false;                  ///< says that its objects are in the usual order
};

/// Whether a file is, by its name or its beginning, one of OpenStreetMap's and not city data: then OsmSource says what may be wrong with it.
[[nodiscard]] bool is_osm_file(const std::filesystem::path &path);

/// An OpenStreetMap file that can be read several times: PBF (zlib or LZ4 blocks), XML, OPL; XML and OPL also packed with gzip or bzip2. What it is
/// is decided by its content, not by its name. One thread at a time; unpacking happens in threads of its own that end with the object.
/// Every trouble with the file is a geo::Error(invalid_input or not_found) with the file and what is wrong.
class OsmSource {
  public:
    explicit OsmSource(const std::filesystem::path &path, OsmFileKind kind = OsmFileKind::extract);
    ~OsmSource();
    OsmSource(const OsmSource &) = delete;
    OsmSource &operator=(const OsmSource &) = delete;

    /// "PBF", "XML packed with bzip2" …
    [[nodiscard]] const std::string &format() const noexcept;
    /// The file's path, for sentences.
    [[nodiscard]] std::string name() const;
    /// Of the file, in bytes.
    [[nodiscard]] std::uint64_t size_bytes() const noexcept;

    [[nodiscard]] OsmFileHeader header() const;

    using Take = std::function<void(osmium::memory::Buffer &)>;
    /// Versions and times of objects are read from PBF only after this, as they cost time; from text always.
    void want_versions() noexcept;
    /// One pass. What `take` throws ends the pass and reaches the caller as it is.
    /// \param place " after n123": where the objects taken so far end, for the sentence about a file that is damaged there
    /// \param passed called after each block with the bytes of the file read so far in this pass
    void read(OsmObjects objects, const std::function<std::string()> &place, const Take &take,
              const std::function<void(std::uint64_t)> &passed) const;

  private:
    struct Parts;
    std::unique_ptr<Parts> m_parts;
};

} // namespace keyaki::importers
