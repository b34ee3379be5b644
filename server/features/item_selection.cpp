#include "server/features/item_selection.hpp"

#include "server/features/filtered_items.hpp"

#include <algorithm>
#include <unordered_set>

namespace keyaki::server {

namespace {

using tiles::FeatureRef;

/// Keeps the first `limit` features behind a mark, whatever the order in which they come, and whether there was one more.
class PageCollector {
  public:
    PageCollector(std::string_view after_id, std::size_t limit) : m_after_id(after_id), m_limit(limit) {}

    void add(const FeatureRef &feature) {
        ++m_matched;
        if (!m_after_id.empty() && feature.id() <= m_after_id) {
            return;
        }
        if (m_heap.size() <= m_limit) {
            m_heap.push_back(feature);
            std::push_heap(m_heap.begin(), m_heap.end(), stands_before);
        } else if (stands_before(feature, m_heap.front())) {
            std::pop_heap(m_heap.begin(), m_heap.end(), stands_before);
            m_heap.back() = feature;
            std::push_heap(m_heap.begin(), m_heap.end(), stands_before);
        }
    }

    [[nodiscard]] ItemPage finish() {
        std::sort(m_heap.begin(), m_heap.end(), stands_before);
        ItemPage page{m_matched, std::move(m_heap), false};
        if (page.features.size() > m_limit) {
            page.features.pop_back();
            page.has_more = true;
        }
        return page;
    }

  private:
    static bool stands_before(const FeatureRef &a, const FeatureRef &b) { return a.id() < b.id(); }

    const std::string_view m_after_id;
    const std::size_t m_limit;
    std::size_t m_matched = 0;
    std::vector<FeatureRef> m_heap; ///< one more than the limit; the last of the order on top
};

/// Calls visit for each feature in one of the boxes, once also for those that meet two (a box over the antimeridian is two).
void visit_boxes(const tiles::LayerSnapshot &snapshot, const std::vector<geo::LonLatBox> &boxes, const tiles::FeatureVisitor &visit) {
    std::unordered_set<std::string_view> seen;
    for (std::size_t box = 0; box < boxes.size(); ++box) {
        snapshot.for_each(boxes[box], [&](const FeatureRef &feature) {
            const geo::LonLatBox bounds = feature.bounds();
            const auto meets_another = std::count_if(boxes.begin(), boxes.end(), [&](const auto &one) { return one.intersects(bounds); }) > 1;
            if (!meets_another || seen.insert(feature.id()).second) {
                visit(feature);
            }
        });
    }
}

/// Pages by id of a whole layer or of one box: the snapshot's own way, which looks at no more than it needs.
ItemPage find_plain_page(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection, std::string_view after, std::size_t limit) {
    if (!selection.boxes.empty()) {
        tiles::LayerSnapshot::BoxPage found = snapshot.page_of_box(selection.boxes.front(), after, limit);
        return {found.matched, std::move(found.features), found.has_more};
    }
    ItemPage page;
    page.matched = snapshot.size();
    page.features.reserve(std::min(limit, page.matched));
    page.has_more = snapshot.page(after, limit, [&](const FeatureRef &feature) { page.features.push_back(feature); });
    return page;
}

} // namespace

ItemPage find_items(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection, std::string_view after, std::size_t limit) {
    if (selection.filter != nullptr || !selection.sort_keys.empty()) {
        return find_filtered_items(snapshot, selection, after, limit);
    }
    if (selection.conditions.empty() && selection.boxes.size() <= 1) {
        return find_plain_page(snapshot, selection, after, limit);
    }
    PageCollector collector(after, limit);
    const auto take = [&](const FeatureRef &feature) {
        if (std::all_of(selection.conditions.begin(), selection.conditions.end(), [&](const auto &condition) { return condition(feature); })) {
            collector.add(feature);
        }
    };
    if (selection.boxes.empty()) {
        snapshot.for_each(take);
    } else {
        visit_boxes(snapshot, selection.boxes, take);
    }
    return collector.finish();
}

} // namespace keyaki::server
