#include "importers/feature_rows.hpp"

#include "geo/error.hpp"

#include <utility>

namespace keyaki::importers {

void FeatureRows::take_key(const FieldReader &fields, const std::string &name, std::string_view how) {
    m_key_field = fields.field_named(name);
    for (ColumnFound &column : m_report.columns) {
        if (column.name == name) {
            column.role = "key";
            column.how = how;
        }
    }
}

/// The key that was given, or the one of the standard table that the fields are of, unless the format has ids of its own.
void FeatureRows::begin_layer(const FieldReader &fields) {
    m_key_field.reset();
    m_key_is_standard = false;
    m_standard = StandardMapping::find(fields.names(), m_options.preset);
    if (m_options.key_column) {
        take_key(fields, *m_options.key_column, "given by --key");
    } else if (m_standard && m_standard->id_name()) {
        take_key(fields, *m_standard->id_name(), "the standard table's id");
        m_key_is_standard = true;
    }
    if (m_standard) {
        m_standard->describe(m_report);
    }
}

void FeatureRows::lose(FeatureRow &row, std::uint64_t number, OwnId &&id) const {
    ImportReport unused; // what is doubtful about a row that is not taken is no news
    geo::Properties properties = row.properties(id);
    m_gate.lose({std::move(id.id), m_standard ? m_standard->apply(properties, number, unused) : std::move(properties), number});
}

void FeatureRows::take(FeatureRow &row, const std::string *problem) {
    const std::uint64_t number = ++m_report.rows_read;
    if (problem != nullptr) {
        m_report.refuse({number, "", "", *problem});
        return lose(row, number, row.id(m_key_field, m_key_is_standard));
    }
    OwnId own = row.id(m_key_field, m_key_is_standard);
    if (m_options.key_column && own.id.empty()) {
        m_report.refuse({number, *m_options.key_column, "", "the key is empty", "no_key"});
        return lose(row, number, std::move(own));
    }
    std::string id = own.is_standard && !m_gate.may_take_id(number, own.id) ? "" : own.id;
    std::vector<geo::Geometry> geometries = row.geometries(number);
    if (geometries.empty()) {
        return lose(row, number, std::move(own));
    }
    geo::Properties properties = row.properties(own);
    if (m_standard) {
        properties = m_standard->apply(properties, number, m_report);
    }
    if (geometries.size() == 1) {
        m_gate.pass(number, geo::Feature{std::move(id), std::move(geometries.front()), std::move(properties)});
        return;
    }
    std::vector<geo::Feature> features;
    for (geo::Geometry &geometry : geometries) {
        features.push_back({id, std::move(geometry), properties});
    }
    m_gate.pass(number, std::move(features));
}

} // namespace keyaki::importers
