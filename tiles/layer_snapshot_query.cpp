#include "geo/mercator.hpp"
#include "tiles/box_search.hpp"
#include "tiles/candidates.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace keyaki::tiles {

namespace {

/// Walks all parts at once in the order of ids.
class IdWalk {
  public:
    IdWalk(std::span<const LayerSnapshot::PartView> views, std::string_view after_id) {
        for (const auto &view : views) {
            m_cursors.push_back({&view, view.part->by_id().subspan(after_id.empty() ? 0 : view.part->rank_behind(after_id)), {}});
            settle(m_cursors.back());
        }
        std::erase_if(m_cursors, [](const Cursor &cursor) { return cursor.order.empty(); });
    }

    [[nodiscard]] std::optional<FeatureRef> next() {
        if (m_cursors.empty()) {
            return std::nullopt;
        }
        const auto least = std::min_element(m_cursors.begin(), m_cursors.end(), [](const Cursor &a, const Cursor &b) { return a.id < b.id; });
        const FeatureRef feature(*least->view->part, least->order.front());
        least->order = least->order.subspan(1);
        settle(*least);
        if (least->order.empty()) {
            m_cursors.erase(least);
        }
        return feature;
    }

  private:
    struct Cursor {
        const LayerSnapshot::PartView *view;
        std::span<const std::uint32_t> order;
        std::string_view id;
    };

    /// Goes to the next feature that is not removed.
    static void settle(Cursor &cursor) {
        while (!cursor.order.empty() && cursor.view->is_removed(cursor.order.front())) {
            cursor.order = cursor.order.subspan(1);
        }
        cursor.id = cursor.order.empty() ? std::string_view() : cursor.view->part->id(cursor.order.front());
    }

    std::vector<Cursor> m_cursors;
};

geo::LonLat decoded(geo::GridPoint point) { return geo::to_lon_lat_e7(point).degrees(); }

} // namespace

std::string_view FeatureRef::id() const { return m_part->id(m_index); }
std::uint64_t FeatureRef::numeric_id() const noexcept { return m_part->numeric_id(m_index); }
geo::GeometryType FeatureRef::geometry_type() const noexcept { return m_part->geometry_type(m_index); }

geo::LonLatBox FeatureRef::bounds() const noexcept {
    const geo::GridBox &box = m_part->box(m_index);
    geo::LonLatBox bounds;
    bounds.extend(decoded({box.min_x, box.min_y}));
    bounds.extend(decoded({box.max_x, box.max_y}));
    return bounds;
}

geo::Geometry FeatureRef::geometry() const {
    const PartGeometry from = m_part->geometry(m_index);
    geo::Geometry geometry;
    geometry.type = from.type;
    geometry.positions.reserve(from.points.size() + from.parts.size() + 1);
    const std::uint32_t whole = static_cast<std::uint32_t>(from.points.size()) | PartGeometry::last_of_polygon;
    const std::span<const std::uint32_t> parts = from.parts.empty() ? std::span(&whole, 1) : from.parts;
    std::size_t begin = 0;
    for (const std::uint32_t part : parts) {
        const std::size_t end = part & PartGeometry::end_mask;
        for (std::size_t point = begin; point < end; ++point) {
            geometry.positions.push_back(decoded(from.points[point]));
        }
        if (geometry.is_polygon() && end > begin) {
            geometry.positions.push_back(decoded(from.points[begin]));
        }
        if (!geometry.is_point()) {
            geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.positions.size()));
        }
        if (geometry.is_polygon() && (part & PartGeometry::last_of_polygon) != 0) {
            geometry.end_polygon();
        }
        begin = end;
    }
    return geometry;
}

void FeatureRef::visit_properties(const std::function<void(std::string_view, const ValueView &)> &visit) const {
    const auto keys = m_part->keys_of(m_index);
    const auto values = m_part->values_of(m_index);
    assert(keys.size() == values.size());
    for (std::size_t property = 0; property < keys.size(); ++property) {
        visit(m_part->keys()[keys[property]], m_part->values().value(values[property]));
    }
}

geo::Properties FeatureRef::properties() const {
    geo::Properties properties;
    visit_properties([&](std::string_view name, const ValueView &value) {
        properties.append(std::string(name), std::visit(
                                                 [](auto held) -> geo::Value {
                                                     if constexpr (std::is_same_v<decltype(held), std::string_view>) {
                                                         return std::string(held);
                                                     } else {
                                                         return held;
                                                     }
                                                 },
                                                 value));
    });
    return properties;
}

geo::Feature FeatureRef::feature() const { return {std::string(id()), geometry(), properties()}; }

std::optional<FeatureRef> LayerSnapshot::find_in_place(std::string_view id) const {
    for (const PartView &view : m_parts) {
        const auto index = view.part->find(id);
        if (index && !view.is_removed(*index)) {
            return FeatureRef(*view.part, *index);
        }
    }
    return std::nullopt;
}

std::optional<geo::Feature> LayerSnapshot::find(std::string_view id) const {
    const auto found = find_in_place(id);
    return found ? std::optional(found->feature()) : std::nullopt;
}

bool LayerSnapshot::contains(std::string_view id) const { return find_in_place(id).has_value(); }

std::vector<geo::GeometryType> LayerSnapshot::geometry_types() const {
    std::array<bool, 6> occurs{};
    for (const PartView &view : m_parts) {
        for (std::uint32_t index = 0; index < view.part->size(); ++index) {
            if (!view.is_removed(index)) {
                occurs.at(static_cast<std::size_t>(view.part->geometry_type(index))) = true;
            }
        }
    }
    std::vector<geo::GeometryType> types;
    for (std::size_t type = 0; type < occurs.size(); ++type) {
        if (occurs.at(type)) {
            types.push_back(static_cast<geo::GeometryType>(type));
        }
    }
    return types;
}

void LayerSnapshot::visit_values(const std::function<void(std::string_view, const ValueView &)> &visit) const {
    for (const PartView &view : m_parts) {
        const SnapshotPart &part = *view.part;
        std::vector<std::vector<bool>> seen(part.keys().size(), std::vector<bool>(part.values().size()));
        for (std::uint32_t index = 0; index < part.size(); ++index) {
            if (view.is_removed(index)) {
                continue;
            }
            const auto keys = part.keys_of(index);
            const auto values = part.values_of(index);
            for (std::size_t property = 0; property < keys.size(); ++property) {
                auto known = seen[keys[property]][values[property]];
                if (values[property] != ValueDictionary::null_value && !known) {
                    known = true;
                    visit(part.keys()[keys[property]], part.values().value(values[property]));
                }
            }
        }
    }
}

void LayerSnapshot::for_each(const geo::LonLatBox &box, const FeatureVisitor &visit) const {
    const BoxSearch search(box);
    std::vector<Candidate> candidates;
    collect_candidates(*this, search.cells(), candidates);
    for (const Candidate candidate : candidates) {
        const SnapshotPart &part = *m_parts[candidate.part].part;
        if (search.meets(part, candidate.index)) {
            visit(FeatureRef(part, candidate.index));
        }
    }
}

void LayerSnapshot::for_each(const FeatureVisitor &visit) const { page("", m_size, visit); }

bool LayerSnapshot::page(std::string_view after_id, std::size_t limit, const FeatureVisitor &visit) const {
    IdWalk walk(m_parts, after_id);
    for (std::size_t visited = 0; visited < limit; ++visited) {
        const auto feature = walk.next();
        if (!feature) {
            return false;
        }
        visit(*feature);
    }
    return walk.next().has_value();
}

} // namespace keyaki::tiles
