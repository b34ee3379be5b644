#include "server/filter/selection.hpp"

#include "geo/error.hpp"
#include "server/filter/evaluation.hpp"
#include "tiles/box_search.hpp"
#include "tiles/snapshot_part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <functional>
#include <optional>

namespace keyaki::server::filter {

namespace {

using Clock = std::chrono::steady_clock;
using Marks = std::vector<std::uint64_t>;

/// Looks at the clock every 64 features, and gives up.
class Patience {
  public:
    explicit Patience(std::chrono::milliseconds patience) : m_patience(patience), m_end(Clock::now() + patience) {}

    void take(std::uint64_t features) {
        m_taken += static_cast<std::size_t>(std::popcount(features));
        if (Clock::now() > m_end) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("filter: expected one that is decided within {} ms, gave up after {} features: narrow it by a box, or ask "
                                         "for less at once",
                                         m_patience.count(), m_taken));
        }
    }

  private:
    std::chrono::milliseconds m_patience;
    Clock::time_point m_end;
    std::size_t m_taken = 0;
};

/// All features of a part that are not removed.
Marks all_of(const tiles::LayerSnapshot::PartView &view) {
    Marks marks((view.part->size() + 63) / 64, ~std::uint64_t{0});
    for (std::size_t word = 0; view.removed != nullptr && word < marks.size(); ++word) {
        marks[word] &= ~(*view.removed)[word];
    }
    if (const std::uint32_t rest = view.part->size() % 64; rest != 0) {
        marks.back() &= (std::uint64_t{1} << rest) - 1;
    }
    return marks;
}

/// Those of them that the index finds in one of the boxes.
Marks found_in(const tiles::LayerSnapshot::PartView &view, std::span<const geo::LonLatBox> boxes) {
    Marks marks((view.part->size() + 63) / 64, 0);
    for (const geo::LonLatBox &box : boxes) {
        view.part->tree().query(tiles::cells_of(box), [&](std::uint32_t index) { marks[index / 64] |= std::uint64_t{1} << (index % 64); });
    }
    for (std::size_t word = 0; view.removed != nullptr && word < marks.size(); ++word) {
        marks[word] &= ~(*view.removed)[word];
    }
    return marks;
}

/// What both the filter's boxes and the others leave.
Marks candidates(const tiles::LayerSnapshot::PartView &view, const std::optional<std::vector<geo::LonLatBox>> &hint,
                 std::span<const geo::LonLatBox> boxes) {
    Marks marks = hint ? found_in(view, *hint) : (boxes.empty() ? all_of(view) : found_in(view, boxes));
    if (hint && !boxes.empty()) {
        const Marks others = found_in(view, boxes);
        std::transform(marks.begin(), marks.end(), others.begin(), marks.begin(), std::bit_and<>());
    }
    return marks;
}

} // namespace

Selection select(const tiles::LayerSnapshot &snapshot, const BoundFilter &filter, std::span<const geo::LonLatBox> boxes,
                 std::chrono::milliseconds patience_time) {
    Patience patience(patience_time);
    Evaluation evaluation(filter);
    const auto hint = index_hint(filter.root);
    Selection selection;
    for (const auto &view : snapshot.parts()) {
        evaluation.enter(*view.part);
        Marks &marks = selection.marks.emplace_back(candidates(view, hint, boxes));
        for (std::size_t word = 0; word < marks.size(); ++word) {
            if (marks[word] != 0) {
                patience.take(marks[word]);
                marks[word] = evaluation.evaluate(static_cast<std::uint32_t>(word * 64), marks[word]).yes;
                selection.matched += static_cast<std::size_t>(std::popcount(marks[word]));
            }
        }
    }
    return selection;
}

Selection select_all(const tiles::LayerSnapshot &snapshot, std::span<const geo::LonLatBox> boxes) {
    Selection selection;
    for (const auto &view : snapshot.parts()) {
        for (const std::uint64_t word : selection.marks.emplace_back(candidates(view, {}, boxes))) {
            selection.matched += static_cast<std::size_t>(std::popcount(word));
        }
    }
    return selection;
}

} // namespace keyaki::server::filter
