#include "importers/osm_extract.hpp"
#include "importers/osm_file.hpp"
#include "importers/osm_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace keyaki::importers {

void OsmReport::refuse(OsmRefusal refusal) {
    ++refused;
    if (refusals.size() < max_osm_refusals_kept) {
        refusals.push_back(std::move(refusal));
    }
}

std::string describe(const OsmReport &report) {
    std::string out = fmt::format("format: {}{}\nread: {} nodes, {} ways, {} relations\n", report.format,
                                  report.unordered ? ", objects in no order" : "", report.nodes, report.ways, report.relations);
    auto end = std::back_inserter(out);
    for (const auto &[layer, features] : report.features) {
        fmt::format_to(end, "{}: {} features\n", layer, features);
    }
    const std::pair<std::string_view, std::uint64_t> counts[] = {
        {"relations whose ways are not all in the file", report.incomplete_relations},
        {"areas that are none (open, crossing, or without all nodes)", report.invalid_areas},
        {"nodes that ways name and the file lacks", report.missing_nodes},
        {"lines cut for that", report.cut_lines},
        {"nodes without a position on Earth", report.nodes_off_earth},
        {"objects marked as deleted", report.deleted_objects},
        {"objects whose id came before", report.duplicate_objects},
        {"texts that were not UTF-8", report.repaired_texts},
        {"objects refused", report.refused},
    };
    for (const auto &[what, count] : counts) {
        if (count > 0) {
            fmt::format_to(end, "{}: {}\n", what, count);
        }
    }
    constexpr std::size_t shown = 20; // on a terminal; the report has more
    for (std::size_t i = 0; i < std::min(report.refusals.size(), shown); ++i) {
        fmt::format_to(end, "refused {}: {}\n", report.refusals[i].object, report.refusals[i].reason);
    }
    return out;
}

std::string describe(const OsmChangeReport &report) {
    std::string out = fmt::format("changes: {} objects created, {} modified, {} deleted", report.created, report.modified, report.deleted);
    auto end = std::back_inserter(out);
    if (report.known > 0) {
        fmt::format_to(end, "\nchanges that the extract has already: {}", report.known);
    }
    if (report.elsewhere > 0) {
        fmt::format_to(end, "\nchanges of what lies elsewhere: {}", report.elsewhere);
    }
    if (report.unknown > 0) {
        fmt::format_to(
            end,
            "\n{} of the created objects were there before by their version, and not in the extract: changes before these are missing, or they are "
            "another extract's",
            report.unknown);
    }
    if (report.created + report.modified + report.deleted == 0) {
        fmt::format_to(end, "\nnothing of the changes concerns the extract");
    }
    return out;
}

} // namespace keyaki::importers
