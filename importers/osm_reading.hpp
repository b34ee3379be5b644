#pragma once

#include "importers/osm_file.hpp"
#include "importers/osm_seen_ids.hpp"

#include <cstdint>
#include <string>

namespace osmium {
class OSMObject;
}

namespace keyaki::importers {

/// "w123".
[[nodiscard]] std::string object_id(const osmium::OSMObject &object);

/// Where the reading of an extract is, and which of its objects count. One thread.
class OsmReading {
  public:
    /// Counts into `report`, which outlives it.
    explicit OsmReading(OsmReport &report) : m_report(report) {}

    /// \param file its name, for sentences
    void begin_pass(std::string file);
    [[nodiscard]] const std::string &file() const noexcept { return m_file; }
    /// Goes on to the object. \throws geo::Error invalid_input for a second version of the one before
    void see(const osmium::OSMObject &object);
    /// " after w123": where the objects seen so far end; "" before the first.
    [[nodiscard]] std::string place() const;
    /// False for deleted objects and for those whose id has come before, which are counted.
    [[nodiscard]] bool is_taken(const osmium::OSMObject &object, OsmSeenIds &seen);

  private:
    OsmReport &m_report;
    std::string m_file;
    char m_last_type = 0; ///< 'n', 'w' or 'r' of the object seen last, with its id and version; 0 before the first
    std::int64_t m_last_id = 0;
    std::uint32_t m_last_version = 0;
};

} // namespace keyaki::importers
