#include "server/report_json.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

ordered_json rows_json(const std::vector<importers::Refusal> &rows) {
    auto list = ordered_json::array();
    for (const importers::Refusal &row : rows) {
        list.push_back({{"row", row.row}, {"column", row.column}, {"value", row.value}, {"reason", row.reason}});
    }
    return list;
}

} // namespace

ordered_json report_json(const importers::ImportReport &report) {
    ordered_json json{{"driver", report.driver}, {"layer_in_file", report.layer_in_file}};
    json["encoding"] = {{"name", report.encoding.name}, {"evidence", report.encoding.evidence}, {"sample", report.encoding.sample}};
    json["crs"] = {{"code", report.crs.code},
                   {"name", report.crs.name},
                   {"evidence", report.crs.evidence},
                   {"accuracy_m", report.crs.accuracy_m},
                   {"approximate_datum", report.crs.approximate_datum}};
    json["columns"] = ordered_json::array();
    for (const importers::ColumnFound &column : report.columns) {
        json["columns"].push_back({{"name", column.name}, {"role", column.role}, {"type", column.type}, {"how", column.how}});
    }
    json["rows_read"] = report.rows_read;
    json["accepted"] = report.accepted;
    json["features"] = report.features;
    json["refused"] = report.refused;
    json["empty_rows_skipped"] = report.empty_rows_skipped;
    json["repaired"] = report.repaired;
    json["refusals"] = rows_json(report.refusals);
    json["suspects"] = rows_json(report.suspects);
    json["warnings"] = report.warnings;
    return json;
}

ordered_json osm_report_json(const importers::OsmReport &report) {
    ordered_json json{{"format", report.format},
                      {"nodes", report.nodes},
                      {"ways", report.ways},
                      {"relations", report.relations},
                      {"features", report.features},
                      {"missing_nodes", report.missing_nodes},
                      {"cut_lines", report.cut_lines},
                      {"incomplete_relations", report.incomplete_relations},
                      {"invalid_areas", report.invalid_areas},
                      {"nodes_off_earth", report.nodes_off_earth},
                      {"deleted_objects", report.deleted_objects},
                      {"duplicate_objects", report.duplicate_objects},
                      {"repaired_texts", report.repaired_texts},
                      {"unordered", report.unordered},
                      {"refused", report.refused}};
    json["refusals"] = ordered_json::array();
    for (const importers::OsmRefusal &refusal : report.refusals) {
        json["refusals"].push_back({{"object", refusal.object}, {"reason", refusal.reason}});
    }
    return json;
}

} // namespace keyaki::server
