#pragma once

#include "importers/importer.hpp"
#include "importers/key_set.hpp"

namespace keyaki::importers {

/// Whether some of it lies where Web Mercator's square world has ended: no tile could show it, and a layer with such a feature could not be drawn.
[[nodiscard]] bool beyond_map(const geo::Geometry &geometry);
inline constexpr std::string_view beyond_map_reason =
    "expected latitudes within 85.0511 degrees of the equator, where the map ends, found one beyond";

/// The last stop before the sink, the same for every format: ids unique, limits kept, geometries valid. Counts in the report.
class FeatureGate {
  public:
    /// Report and sink outlive the gate.
    FeatureGate(ImportReport &report, const FeatureSink &sink, const ImportOptions &options)
        : m_report(report), m_sink(sink), m_refuses_invalid(options.refuse_invalid) {}

    /// One row that became these features; the row is refused as a whole where nothing of it can be taken.
    void pass(std::uint64_t row, std::vector<geo::Feature> &&features);
    void pass(std::uint64_t row, geo::Feature &&feature);
    /// Whether an id that nobody asked for is one: not empty, not too long, not another row's. What it is instead is listed as doubtful.
    [[nodiscard]] bool may_take_id(std::uint64_t row, const std::string &id);
    /// A row that was refused before it was a feature: what could be read of it. An id or a text past its limit is left out, and an
    /// id that an earlier row was taken with.
    void lose(LostRow &&row) const;

  private:
    [[nodiscard]] bool mend(std::uint64_t row, geo::Feature &feature);
    [[nodiscard]] bool within_limits(std::uint64_t row, const geo::Feature &feature);
    [[nodiscard]] bool is_new(std::uint64_t row, const std::string &id);

    ImportReport &m_report;
    const FeatureSink &m_sink;
    const bool m_refuses_invalid;
    KeySet m_keys;
    KeySet m_offered_keys; ///< of may_take_id
};

} // namespace keyaki::importers
