#pragma once

#include "geo/lon_lat.hpp"
#include "server/imports/feature_matching.hpp"
#include "server/imports/limits.hpp"
#include "server/imports/three_way.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What an import found when it set a file's rows against the layer: the part of the report that the file alone does not tell.
namespace keyaki::server::imports {

/// A list of which the first max_listed entries are kept and all are counted.
template <typename Entry>
class Listing {
  public:
    void add(Entry entry) {
        if (++m_count <= max_listed) {
            m_entries.push_back(std::move(entry));
        }
    }
    [[nodiscard]] std::uint64_t count() const noexcept { return m_count; }
    [[nodiscard]] const std::vector<Entry> &entries() const noexcept { return m_entries; }

  private:
    std::vector<Entry> m_entries;
    std::uint64_t m_count = 0;
};

struct NamedFeature {
    std::string id;
    std::string name;
};

struct MovedFeature {
    NamedFeature feature;
    std::uint64_t row = 0;
    double distance_m = 0;
    geo::LonLat from;
    geo::LonLat to;
};

/// A row that could be several published features and became none of them.
struct AmbiguousRow {
    NamedFeature feature; ///< as what it was taken
    std::uint64_t row = 0;
    std::vector<NamedFeature> candidates;
};

/// A feature that the draft held in another form than the file.
struct MetFeature {
    NamedFeature feature;
    std::uint64_t row = 0; ///< 0: the file has no such row
    std::string file_says; ///< "changed", "removed" or "as published"
    std::string draft_says;
    std::string taken; ///< "draft" or "file"
};

/// A published feature whose row in the file was refused.
struct KeptFeature {
    NamedFeature feature;
    std::uint64_t row = 0; ///< the refused one
};

struct Findings {
    bool is_compared = false; ///< false: the layer has too many features to be compared one by one, or none; lists are then empty
    std::uint64_t matched_by_id = 0;
    std::uint64_t matched_by_content = 0;
    std::uint64_t matched_by_name_and_place = 0;
    std::uint64_t matched_by_name = 0;
    std::uint64_t unmatched = 0; ///< rows that are new features
    Listing<AmbiguousRow> ambiguous;
    Listing<MovedFeature> moved;
    Listing<NamedFeature> removed;  ///< published features that the file does not have
    Listing<KeptFeature> kept;      ///< published features that stay as they are because their rows were refused
    Listing<MetFeature> kept_edits; ///< edited in the draft, not changed by the file
    Listing<MetFeature> conflicts;  ///< changed by both
    ConflictRule conflict_rule = ConflictRule::draft;
};

} // namespace keyaki::server::imports
