#include "server/report_json.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

ordered_json rows_json(const std::vector<importers::Refusal> &rows) {
    auto list = ordered_json::array();
    for (const importers::Refusal &row : rows) {
        list.push_back({{"row", row.row}, {"column", row.column}, {"value", row.value}, {"reason", row.reason}, {"kind", row.kind}});
    }
    return list;
}

ordered_json feature_json(const imports::NamedFeature &feature) { return {{"id", feature.id}, {"name", feature.name}}; }

ordered_json place_json(geo::LonLat place) { return ordered_json::array({place.lon_deg, place.lat_deg}); }

template <typename Entry, typename ToJson>
ordered_json listing_json(const imports::Listing<Entry> &listing, const ToJson &to_json) {
    auto list = ordered_json::array();
    for (const Entry &entry : listing.entries()) {
        list.push_back(to_json(entry));
    }
    return {{"count", listing.count()}, {"features", std::move(list)}};
}

ordered_json met_json(const imports::MetFeature &met) {
    ordered_json json = feature_json(met.feature);
    json["row"] = met.row;
    json["file"] = met.file_says;
    json["draft"] = met.draft_says;
    json["taken"] = met.taken;
    return json;
}

ordered_json moved_json(const imports::MovedFeature &moved) {
    ordered_json json = feature_json(moved.feature);
    json["row"] = moved.row;
    json["distance_m"] = std::round(moved.distance_m * 10) / 10;
    json["from"] = place_json(moved.from);
    json["to"] = place_json(moved.to);
    return json;
}

ordered_json kept_json(const imports::KeptFeature &kept) {
    ordered_json json = feature_json(kept.feature);
    json["row"] = kept.row;
    return json;
}

ordered_json ambiguous_json(const imports::AmbiguousRow &ambiguous) {
    ordered_json json{{"row", ambiguous.row}, {"name", ambiguous.feature.name}, {"candidates", ordered_json::array()}};
    for (const imports::NamedFeature &candidate : ambiguous.candidates) {
        json["candidates"].push_back(feature_json(candidate));
    }
    return json;
}

} // namespace

ordered_json outcome_json(const ImportOutcome &outcome) {
    ordered_json json = report_json(outcome.report);
    const data::DraftChanges &changes = outcome.changes;
    const imports::Findings &findings = outcome.findings;
    json["changes"] = nullptr;
    if (outcome.has_changes) {
        json["changes"] = {{"added", changes.added}, {"changed", changes.changed}, {"removed", changes.removed}, {"unchanged", changes.unchanged}};
        json["changes"]["moved"] = findings.is_compared ? ordered_json(findings.moved.count()) : ordered_json(nullptr);
    }
    if (findings.is_compared) {
        json["matched"] = {{"by_id", findings.matched_by_id},
                           {"by_content", findings.matched_by_content},
                           {"by_name_and_place", findings.matched_by_name_and_place},
                           {"by_name", findings.matched_by_name},
                           {"new", findings.unmatched}};
        json["ambiguous"] = listing_json(findings.ambiguous, ambiguous_json);
        json["moved"] = listing_json(findings.moved, moved_json);
        json["removed"] = listing_json(findings.removed, feature_json);
    }
    json["kept"] = listing_json(findings.kept, kept_json);
    json["kept_edits"] = listing_json(findings.kept_edits, met_json);
    json["conflicts"] = listing_json(findings.conflicts, met_json);
    json["conflicts"]["rule"] = imports::conflict_rule_name(findings.conflict_rule);
    return json;
}

ordered_json osm_edits_json(const imports::Findings &findings) {
    ordered_json json{{"kept", listing_json(findings.kept_edits, met_json)}, {"conflicts", listing_json(findings.conflicts, met_json)}};
    json["conflicts"]["rule"] = imports::conflict_rule_name(findings.conflict_rule);
    return json;
}

ordered_json osm_changes_json(const importers::OsmChangeReport &report) {
    return {{"created", report.created}, {"modified", report.modified},   {"deleted", report.deleted},
            {"known", report.known},     {"elsewhere", report.elsewhere}, {"unknown", report.unknown},
            {"nodes", report.nodes},     {"ways", report.ways},           {"relations", report.relations}};
}

ordered_json report_json(const importers::ImportReport &report) {
    ordered_json json{{"driver", report.driver}, {"layer_in_file", report.layer_in_file}};
    json["encoding"] = {{"name", report.encoding.name}, {"evidence", report.encoding.evidence}, {"sample", report.encoding.sample}};
    json["crs"] = {{"code", report.crs.code},
                   {"name", report.crs.name},
                   {"evidence", report.crs.evidence},
                   {"accuracy_m", report.crs.accuracy_m},
                   {"approximate_datum", report.crs.approximate_datum}};
    json["preset"] = report.preset.id.empty() ? ordered_json(nullptr)
                                              : ordered_json{{"id", report.preset.id},
                                                             {"title", {{"ja", report.preset.title_ja}, {"en", report.preset.title_en}}},
                                                             {"evidence", report.preset.evidence}};
    json["columns"] = ordered_json::array();
    for (const importers::ColumnFound &column : report.columns) {
        json["columns"].push_back({{"name", column.name},
                                   {"property", column.property.empty() ? column.name : column.property},
                                   {"role", column.role},
                                   {"type", column.type},
                                   {"how", column.how}});
    }
    json["rows_read"] = report.rows_read;
    json["accepted"] = report.accepted;
    json["features"] = report.features;
    json["refused"] = report.refused;
    json["empty_rows_skipped"] = report.empty_rows_skipped;
    json["repaired"] = report.repaired;
    json["refusals"] = rows_json(report.refusals);
    json["suspected"] = report.suspected;
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
