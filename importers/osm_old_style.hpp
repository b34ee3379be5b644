#pragma once

#include "importers/osm_areas.hpp"
#include "importers/osm_rules.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace osmium {
class Relation;
class Way;
} // namespace osmium

namespace keyaki::importers {

/// Multipolygons as they were drawn until 2017: the relation says only what it is, its outer ways say what is there
/// (https://wiki.openstreetmap.org/wiki/Old_style_multipolygons). The area is then the relation's, with the tags of its outer ways; these are no
/// areas of their own, nor are inner ways of the same tags. Where that cannot be (outer ways that differ, ways that are missing or make no ring) each
/// closed way stays what it is alone. One thread; but is_waiting_for() may be asked by others while see() is called, which changes what is known of
/// a way and never which ways are waited for.
class OsmOldStyle {
  public:
    /// A closed way that would be an area of its own, if it is not taken by a relation.
    struct HeldWay {
        std::int64_t id = 0;
        std::optional<OsmRings> area;
        std::string reason; ///< why there is none
    };

    /// Whether the relation is one as far as it shows itself: a multipolygon without tags that mean anything.
    [[nodiscard]] static bool is_one(const osmium::Relation &relation);
    /// \pre is_one(relation); its ways come later
    void expect(const osmium::Relation &relation);
    [[nodiscard]] bool is_waiting_for(const osmium::Way &way) const;
    /// Remembers the way's tags. \pre is_waiting_for(way); before the relation's last way is handed to whoever builds its area
    void see(const osmium::Way &way);
    /// Keeps a closed way's own area back until release(). \pre see(way)
    void hold(std::int64_t way, HeldWay held);

    /// The tags of the relation's area, those of its outer ways; empty where they have none or differ. Views hold as long as this object.
    [[nodiscard]] std::vector<OsmTag> tags_of(const osmium::Relation &relation) const;
    /// The ways of the relation's area are no areas of their own any more.
    void take(const osmium::Relation &relation);
    /// Hands over the ways that no relation took, in the order of their ids, with their tags.
    void release(const std::function<void(const std::vector<OsmTag> &, HeldWay &&)> &give);

  private:
    using Tags = std::vector<std::pair<std::string, std::string>>; ///< sorted, without those that mean nothing
    struct SeenWay {
        Tags tags;
        std::optional<HeldWay> held;
    };
    [[nodiscard]] static std::vector<OsmTag> view(const Tags &tags);
    [[nodiscard]] const Tags *common_tags(const osmium::Relation &relation) const;

    std::unordered_map<std::int64_t, bool> m_waiting; ///< ways that such relations name; true: taken by one
    std::map<std::int64_t, SeenWay> m_seen;
};

} // namespace keyaki::importers
