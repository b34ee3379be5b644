// A page of what a box holds: found by the index, counted, and put in the order of ids by their ranks, without comparing a text.
#include "tiles/box_search.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <bit>

namespace keyaki::tiles {

namespace {

/// Leaves the `count` least, ascending. `end` is greater than all.
void keep_least(std::vector<std::uint32_t> &ranks, std::uint32_t end, std::size_t count) {
    // Marks on a line of all ranks take less time than comparing the found ones again and again, unless these are few.
    constexpr std::size_t words_per_rank = 16;
    const std::size_t words = (static_cast<std::size_t>(end) + 63) / 64;
    if (words > words_per_rank * ranks.size()) {
        const std::size_t kept = std::min(count, ranks.size());
        std::partial_sort(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(kept), ranks.end());
        ranks.resize(kept);
        return;
    }
    std::vector<std::uint64_t> marks(words, 0);
    for (const std::uint32_t rank : ranks) {
        marks[rank / 64] |= std::uint64_t{1} << (rank % 64);
    }
    ranks.resize(std::min(count, ranks.size()));
    auto next = ranks.begin();
    for (std::size_t word = 0; next != ranks.end(); ++word) {
        for (std::uint64_t left = marks[word]; left != 0 && next != ranks.end(); left &= left - 1) {
            *next++ = static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(std::countr_zero(left));
        }
    }
}

/// What a part has for the page, ascending by id; `ranks` are not looked at before `next`.
struct PartOfPage {
    const SnapshotPart *part = nullptr;
    std::vector<std::uint32_t> ranks{};
    std::size_t next = 0;

    [[nodiscard]] bool is_spent() const noexcept { return next == ranks.size(); }
    [[nodiscard]] FeatureRef first() const { return {*part, part->by_id()[ranks[next]]}; }
};

/// At most `count` of those behind `after_id` that meet the box; adds to `matched` all that do.
PartOfPage search_part(const LayerSnapshot::PartView &view, const BoxSearch &search, std::string_view after_id, std::size_t count,
                       std::size_t &matched) {
    PartOfPage found{view.part.get()};
    const std::uint32_t first = after_id.empty() ? 0 : view.part->rank_behind(after_id);
    search.for_each(view, [&](std::uint32_t index) {
        ++matched;
        if (const std::uint32_t rank = view.part->rank(index); rank >= first) {
            found.ranks.push_back(rank);
        }
    });
    keep_least(found.ranks, view.part->size(), count);
    return found;
}

} // namespace

LayerSnapshot::BoxPage LayerSnapshot::page_of_box(const geo::LonLatBox &box, std::string_view after_id, std::size_t limit) const {
    const BoxSearch search(box);
    BoxPage page;
    std::vector<PartOfPage> found;
    std::size_t available = 0;
    for (const PartView &view : m_parts) {
        found.push_back(search_part(view, search, after_id, limit + 1, page.matched));
        available += found.back().ranks.size();
    }
    page.has_more = available > limit;
    page.features.reserve(std::min(available, limit));
    while (page.features.size() < std::min(available, limit)) {
        std::erase_if(found, [](const PartOfPage &one) { return one.is_spent(); });
        if (found.size() == 1) { // mostly there is no other
            page.features.push_back(found.front().first());
            ++found.front().next;
            continue;
        }
        const auto least =
            std::min_element(found.begin(), found.end(), [](const PartOfPage &a, const PartOfPage &b) { return a.first().id() < b.first().id(); });
        page.features.push_back(least->first());
        ++least->next;
    }
    return page;
}

std::size_t LayerSnapshot::count(const geo::LonLatBox &box) const {
    const BoxSearch search(box);
    std::size_t matched = 0;
    for (const PartView &view : m_parts) {
        search.for_each(view, [&matched](std::uint32_t /*index*/) { ++matched; });
    }
    return matched;
}

} // namespace keyaki::tiles
