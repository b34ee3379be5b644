#pragma once

#include "data/store.hpp"
#include "importers/importer.hpp"
#include "server/imports/feature_matching.hpp"
#include "server/imports/surroundings.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace keyaki::server::imports {

/// What is doubtful about rows that are taken nevertheless, put into a report: outside of the city, garbled text, a name twice, a move too far.
class Doubts {
  public:
    /// Reads the surroundings of the layer from the store. The report outlives it.
    Doubts(data::Store &store, std::string_view layer, importers::ImportReport &report) : m_surroundings(store, layer), m_report(report) {}

    /// At the row by itself, and beside the rows before it.
    void look_at(const MatchedFeature &row);
    void add_move(const MatchedFeature &row, const std::string &known_id, geo::LonLat from, double distance_m);
    void add_ambiguous(const MatchedFeature &row, std::size_t candidates, const std::string &first_candidate);
    /// The file's id is that of a published feature that this row is not.
    void add_id_of_another(const geo::Feature &feature, std::uint64_t row);

  private:
    void add(std::uint64_t row, std::string_view name, std::string reason, std::string kind);

    Surroundings m_surroundings;
    importers::ImportReport &m_report;
    std::unordered_map<std::string, std::pair<std::uint64_t, geo::LonLat>> m_names; ///< name key → the row that had it first, and where
};

} // namespace keyaki::server::imports
