#pragma once

#include "geo/lon_lat.hpp"
#include "importers/importer.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyaki::importers {

// A city's extract as it is kept: PBF, its objects in the usual order (nodes, ways, relations, each by id) with versions and times, without the
// names of who drew them. It is cut once from what somebody downloaded, and changed by change files (osmChange) from then on.

/// Takes the bytes of the new file in their order, on a thread of the writer's own.
using OsmBytesSink = std::function<void(std::string_view)>;

struct OsmChangeOptions {
    /// What is new is taken where it meets this box (ways and areas by the box around their nodes), or belongs to something that does; without a box
    /// all of it. What the extract knows already is changed wherever it is.
    std::optional<geo::LonLatBox> box;
    /// Of the last change file in a replication's own count, which tells then that the files come next; 0: not told.
    std::uint64_t sequence = 0;
};

/// What change files did to an extract.
struct OsmChangeReport {
    std::uint64_t created = 0;   ///< objects that the extract has now and had not
    std::uint64_t modified = 0;  ///< that it has in a newer version
    std::uint64_t deleted = 0;   ///< that it no longer has
    std::uint64_t known = 0;     ///< changes to a version that it has already, or to an older one: left out
    std::uint64_t elsewhere = 0; ///< changes to what it has not, and need not have
    std::uint64_t unknown =
        0; ///< of `created`, those whose version says that they were there before: earlier changes, or another extract, are missing
    std::int64_t changed_at_s = 0; ///< to when the extract is current now, in seconds since 1970; 0: nothing tells
    std::uint64_t sequence = 0;    ///< of the last change file in the replication's own count; 0: not known
    geo::LonLatBox box;            ///< that was asked for, else that of the file, else that of its nodes
    std::uint64_t nodes = 0;       ///< of the new extract; so are the next two
    std::uint64_t ways = 0;
    std::uint64_t relations = 0;

    friend bool operator==(const OsmChangeReport &, const OsmChangeReport &) = default;
};

/// The report as lines of text for a terminal.
[[nodiscard]] std::string describe(const OsmChangeReport &report);

/// Lays the change files over the extract; of several versions of an object the newest counts, whatever the order of the files. Equal to `osmium
/// apply-changes` wherever the changes are those of this very extract. Takes standard output for the writing: only for a process that reads files
/// and does nothing else (child_reader.hpp). Reads the extract twice; memory: that of the changes.
/// \throws geo::Error invalid_input for files that cannot be read or an extract that is out of order; conflict for change files
/// that were applied already, and for one that ends before the time to which the extract is current and would bring what the extract may have lost
/// since. Bytes may have been handed over by then.
[[nodiscard]] OsmChangeReport change_osm_extract(const std::filesystem::path &extract, std::span<const std::filesystem::path> changes,
                                                 const OsmChangeOptions &options, const OsmBytesSink &sink, const Progress &progress = {});

/// Makes an extract of a file that is in the usual order; with a box each node in it, whatever has to be known of ways and areas that meet it, and
/// each relation with a part of these. Otherwise as change_osm_extract. Reads the file twice, with a box three times.
[[nodiscard]] OsmChangeReport cut_osm_extract(const std::filesystem::path &path, const std::optional<geo::LonLatBox> &box, const OsmBytesSink &sink,
                                              const Progress &progress = {});

} // namespace keyaki::importers
