#pragma once

#include "importers/importer.hpp"
#include "importers/key_set.hpp"

namespace keyaki::importers {

/// The last stop before the sink, the same for every format: ids unique, limits kept, geometries valid. Counts in the report.
class FeatureGate {
  public:
    /// Both outlive the gate.
    FeatureGate(ImportReport &report, const FeatureSink &sink) : m_report(report), m_sink(sink) {}

    /// One row that became these features; the row is refused as a whole where nothing of it can be taken.
    void pass(std::uint64_t row, std::vector<geo::Feature> &&features);
    void pass(std::uint64_t row, geo::Feature &&feature);

  private:
    [[nodiscard]] bool mend(std::uint64_t row, geo::Feature &feature);
    [[nodiscard]] bool within_limits(std::uint64_t row, const geo::Feature &feature);
    [[nodiscard]] bool is_new(std::uint64_t row, const std::string &id);

    ImportReport &m_report;
    const FeatureSink &m_sink;
    KeySet m_keys;
};

} // namespace keyaki::importers
