#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace keyaki::data {

/// The extract of OpenStreetMap that is kept for change files (PBF, importers/osm_extract.hpp); at most one.
struct OsmExtract {
    std::string source; ///< name of the file that it was made of
    /// Within which new objects are taken: the box that was asked for, else that of the file, else that of its nodes; nothing without any.
    std::optional<geo::LonLatBox> box;
    bool is_box_asked = false;     ///< false: features outside of it count too
    std::int64_t changed_at_s = 0; ///< to when it is current, in seconds since 1970; 0: nothing tells
    std::uint64_t sequence = 0;    ///< of the last change file in the replication's own count; 0: not known
    std::int64_t kept_at_us = 0;
    std::uint64_t size_bytes = 0;

    friend bool operator==(const OsmExtract &, const OsmExtract &) = default;
};

} // namespace keyaki::data
