#pragma once

#include "importers/importer.hpp"
#include "importers/osm_extract.hpp"
#include "importers/osm_file.hpp"

#include <concepts>
#include <type_traits>

/// The reports as frames hold them, one description for both directions: what is written is what is read (stream_archive.hpp).
namespace keyaki::importers {

template <typename Archive, typename Row>
requires std::same_as<std::remove_const_t<Row>, Refusal>
void transfer_fields(Archive &archive, Row &row) {
    archive.transfer(row.row);
    archive.transfer(row.column);
    archive.transfer(row.value);
    archive.transfer(row.reason);
    archive.transfer(row.kind);
}
template <typename Archive, typename Column>
requires std::same_as<std::remove_const_t<Column>, ColumnFound>
void transfer_fields(Archive &archive, Column &column) {
    archive.transfer(column.name);
    archive.transfer(column.role);
    archive.transfer(column.type);
    archive.transfer(column.how);
    archive.transfer(column.property);
}
template <typename Archive, typename Report>
requires std::same_as<std::remove_const_t<Report>, ImportReport>
void transfer_fields(Archive &archive, Report &report) {
    archive.transfer(report.driver);
    archive.transfer(report.layer_in_file);
    archive.transfer(report.encoding.name);
    archive.transfer(report.encoding.evidence);
    archive.transfer(report.encoding.sample);
    archive.transfer(report.crs.code);
    archive.transfer(report.crs.name);
    archive.transfer(report.crs.evidence);
    archive.transfer(report.crs.accuracy_m);
    archive.transfer(report.crs.approximate_datum);
    archive.transfer(report.crs.assumed);
    archive.transfer(report.preset.id);
    archive.transfer(report.preset.title_ja);
    archive.transfer(report.preset.title_en);
    archive.transfer(report.preset.evidence);
    archive.transfer(report.columns);
    archive.transfer(report.rows_read);
    archive.transfer(report.accepted);
    archive.transfer(report.features);
    archive.transfer(report.refused);
    archive.transfer(report.empty_rows_skipped);
    archive.transfer(report.repaired);
    archive.transfer(report.refusals);
    archive.transfer(report.warnings);
    archive.transfer(report.suspects);
    archive.transfer(report.suspected);
}

template <typename Archive, typename Row>
requires std::same_as<std::remove_const_t<Row>, OsmRefusal>
void transfer_fields(Archive &archive, Row &row) {
    archive.transfer(row.object);
    archive.transfer(row.reason);
}

template <typename Archive, typename Report>
requires std::same_as<std::remove_const_t<Report>, OsmReport>
void transfer_fields(Archive &archive, Report &report) {
    archive.transfer(report.format);
    archive.transfer(report.nodes);
    archive.transfer(report.ways);
    archive.transfer(report.relations);
    archive.transfer(report.features);
    archive.transfer(report.missing_nodes);
    archive.transfer(report.cut_lines);
    archive.transfer(report.incomplete_relations);
    archive.transfer(report.invalid_areas);
    archive.transfer(report.nodes_off_earth);
    archive.transfer(report.deleted_objects);
    archive.transfer(report.duplicate_objects);
    archive.transfer(report.repaired_texts);
    archive.transfer(report.unordered);
    archive.transfer(report.refused);
    archive.transfer(report.refusals);
}

template <typename Archive, typename Report>
requires std::same_as<std::remove_const_t<Report>, OsmChangeReport>
void transfer_fields(Archive &archive, Report &report) {
    archive.transfer(report.created);
    archive.transfer(report.modified);
    archive.transfer(report.deleted);
    archive.transfer(report.known);
    archive.transfer(report.elsewhere);
    archive.transfer(report.unknown);
    archive.transfer(report.changed_at_s);
    archive.transfer(report.sequence);
    archive.transfer(report.box.west_deg);
    archive.transfer(report.box.south_deg);
    archive.transfer(report.box.east_deg);
    archive.transfer(report.box.north_deg);
    archive.transfer(report.nodes);
    archive.transfer(report.ways);
    archive.transfer(report.relations);
}

} // namespace keyaki::importers
