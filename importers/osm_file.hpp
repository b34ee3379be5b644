#pragma once

#include "geo/feature.hpp"
#include "geo/lon_lat.hpp"
#include "importers/importer.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::importers {

struct OsmOptions {
    /// Only features whose geometry's box meets this one (touching counts), each of them whole: a road that leaves the box is not cut, and its
    /// nodes outside come along. A feature that merely encloses the box, or crosses it without a node inside, is in as well.
    std::optional<geo::LonLatBox> bbox;
};

/// An object that should have become a feature and did not.
struct OsmRefusal {
    std::string object; ///< "n123", "w123" or "r123"
    std::string reason; ///< one clause

    friend bool operator==(const OsmRefusal &, const OsmRefusal &) = default;
};

struct OsmReport {
    std::string format; ///< "PBF", "XML packed with bzip2" …
    std::uint64_t nodes = 0;
    std::uint64_t ways = 0;
    std::uint64_t relations = 0;
    std::map<std::string, std::uint64_t, std::less<>> features; ///< by layer; every layer of the rules is there
    std::uint64_t missing_nodes = 0;                            ///< references from ways that became features to nodes that the file does not have
    std::uint64_t cut_lines = 0;                                ///< lines that came in pieces or shorter for that
    std::uint64_t incomplete_relations = 0;                     ///< areas not built because ways are not in the file
    std::uint64_t invalid_areas = 0;                            ///< areas not built: rings open or crossing, nodes missing
    std::uint64_t nodes_off_earth = 0;                          ///< nodes without a position on Earth
    std::uint64_t deleted_objects = 0;                          ///< marked as not visible, left out
    std::uint64_t duplicate_objects = 0;                        ///< objects whose id had come before, left out
    std::uint64_t repaired_texts = 0;                           ///< values that were not UTF-8, with U+FFFD where it broke
    bool unordered = false;                                     ///< the objects are not in the usual order (read all the same)
    std::uint64_t refused = 0;                                  ///< objects, for the reasons below
    std::vector<OsmRefusal> refusals;                           ///< the first max_osm_refusals_kept (osm_limits.hpp)

    friend bool operator==(const OsmReport &, const OsmReport &) = default;

    /// Counts it, and keeps it while there is room.
    void refuse(OsmRefusal refusal);
};

/// The report as lines of text for a terminal.
[[nodiscard]] std::string describe(const OsmReport &report);

/// Takes the features one after another, on the calling thread; what it throws ends the import and reaches the caller.
using OsmSink = std::function<void(std::string_view layer, geo::Feature &&)>;

/// Reads a map extract: .osm.pbf, .osm, .opl, the latter two also packed with gzip or bzip2; objects in any order. The rules (osm_rules.hpp) decide
/// what becomes a feature of which layer; ids are "n", "w" or "r" and OpenStreetMap's number, so that an object has the same id in every extract.
/// Geometries are valid (positions JGD2011 = WGS 84 at map scale, rings wound as RFC 7946 says), texts are UTF-8.
/// Reads the file twice: nodes and relations first, then ways. Memory: 12 bytes a node, and the ways of multipolygons. With a box four times, to
/// find out first what the box needs: memory is then that of the box's content.
/// \param progress gets the bytes of all readings together, of twice or four times the file's size
/// \throws geo::Error not_found, invalid_input or too_large with the file and what is wrong with it; some features may have been handed over by then
[[nodiscard]] OsmReport read_osm_file(const std::filesystem::path &path, const OsmOptions &options, const OsmSink &sink,
                                      const Progress &progress = {});

} // namespace keyaki::importers
