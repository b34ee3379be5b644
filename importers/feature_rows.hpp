#pragma once

#include "importers/feature_gate.hpp"
#include "importers/gdal_values.hpp"
#include "importers/standard_mapping.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::importers {

/// What names a feature in its file.
struct OwnId {
    std::string id;
    bool is_standard = false; ///< a standard table's, which nobody gave
    bool is_left_out = false; ///< "id" is no property as well
};

/// A row as whoever reads the file sees it. Each is asked for once at most, in this order.
class FeatureRow {
  public:
    FeatureRow() = default;
    FeatureRow(const FeatureRow &) = delete;
    FeatureRow &operator=(const FeatureRow &) = delete;
    virtual ~FeatureRow() = default;

    /// \param key_field the place of the field whose value is the id
    [[nodiscard]] virtual OwnId id(std::optional<int> key_field, bool key_is_standard) = 0;
    /// In storage's CRS; of a collection its members. Empty where the row was refused.
    [[nodiscard]] virtual std::vector<geo::Geometry> geometries(std::uint64_t row) = 0;
    [[nodiscard]] virtual geo::Properties properties(const OwnId &id) = 0;
};

/// The way of rows from a file with fields to the gate: which value is the row's id, and what a standard table calls its columns. One thread.
class FeatureRows {
  public:
    /// All outlive it.
    FeatureRows(const ImportOptions &options, ImportReport &report, const FeatureSink &sink)
        : m_options(options), m_report(report), m_gate(report, sink, options) {}

    /// Before the rows of a layer. \throws geo::Error as FieldReader::field_named and StandardMapping::find
    void begin_layer(const FieldReader &fields);

    /// The next row. \param problem why it cannot be taken, where that is known; else nullptr
    void take(FeatureRow &row, const std::string *problem);

  private:
    void take_key(const FieldReader &fields, const std::string &name, std::string_view how);
    void lose(FeatureRow &row, std::uint64_t number, OwnId &&id) const;

    const ImportOptions &m_options;
    ImportReport &m_report;
    FeatureGate m_gate;
    std::optional<StandardMapping> m_standard;
    std::optional<int> m_key_field;
    bool m_key_is_standard = false;
};

} // namespace keyaki::importers
