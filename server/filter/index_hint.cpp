#include "server/filter/bound_filter.hpp"

#include <algorithm>

namespace keyaki::server::filter {

namespace {

using Boxes = std::vector<geo::LonLatBox>;

double area(const Boxes &boxes) {
    double sum = 0;
    for (const geo::LonLatBox &box : boxes) {
        sum += (box.east_deg - box.west_deg) * (box.north_deg - box.south_deg);
    }
    return sum;
}

/// Any of what must hold bounds the whole: the smallest does it best.
std::optional<Boxes> hint_of_all(const BoundNode &node) {
    std::optional<Boxes> best;
    for (const BoundNode &operand : node.operands) {
        auto hint = index_hint(operand);
        if (hint && (!best || area(*hint) < area(*best))) {
            best = std::move(hint);
        }
    }
    return best;
}

std::optional<Boxes> hint_of_any(const BoundNode &node) {
    constexpr std::size_t most_boxes = 64; // each is a search of its own
    Boxes all;
    for (const BoundNode &operand : node.operands) {
        const auto hint = index_hint(operand);
        if (!hint || all.size() + hint->size() > most_boxes) {
            return std::nullopt;
        }
        all.insert(all.end(), hint->begin(), hint->end());
    }
    return all;
}

} // namespace

std::optional<Boxes> index_hint(const BoundNode &node) {
    if (node.op == Operator::both) {
        return hint_of_all(node);
    }
    if (node.op == Operator::either) {
        return hint_of_any(node);
    }
    const bool is_bounded = is_spatial(node.op) && !node.is_constant && node.geometry != nullptr && node.relation != geo::Relation::disjoint;
    return is_bounded ? std::optional(node.geometry->bounds) : std::nullopt;
}

} // namespace keyaki::server::filter
