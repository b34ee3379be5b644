#pragma once

#include "geo/lon_lat.hpp"
#include "importers/osm_file.hpp"
#include "importers/shortbread_maker.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace keyaki::importers {

struct ShortbreadOptions {
    /// Threads that make features of ways, beside the calling one and those that unpack the file; 0: the calling one does it.
    unsigned threads = 0;
    /// Polygons of the sea (osmdata.openstreetmap.de's water polygons, or others), in place of the extract's coastline.
    std::optional<std::filesystem::path> ocean;
};

struct ShortbreadReport {
    OsmReport osm; ///< its layers are Shortbread's
    /// What the extract says that it covers, else the box of its nodes; empty without any.
    geo::LonLatBox box;
    bool is_box_declared = false; ///< by the extract: what lies beyond is there in part only
    std::string without_ocean;    ///< why the map has no sea; empty where it has one
};

/// The report as lines of text for a terminal.
[[nodiscard]] std::string describe(const ShortbreadReport &report);

/// Reads a map extract as read_osm_file does (osm_file.hpp) and hands over what it is by Shortbread 1.0 (shortbread_rules.hpp): features on the grid,
/// with numbered vertices, in no promised order but the same ones whatever the number of threads. Areas are libosmium's, also of old style
/// multipolygons; boundaries are the ways of countries' and states' relations; the sea comes from the coastline where it goes from edge to edge of
/// the extract, or from options.ocean. Reads the file twice. Memory: 12 bytes a node, and the ways of multipolygons and coasts. \param sink gets
/// thread numbers up to options.threads, that included: 0 is the calling thread \throws geo::Error as read_osm_file
[[nodiscard]] ShortbreadReport read_shortbread(const std::filesystem::path &path, const ShortbreadOptions &options, ShortbreadSink &sink,
                                               const Progress &progress = {});

} // namespace keyaki::importers
