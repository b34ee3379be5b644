#include "server/filter/selection.hpp"

#include "geo/error.hpp"
#include "geo/mercator.hpp"
#include "server/filter/evaluation.hpp"
#include "tiles/snapshot_part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace keyaki::server::filter {

namespace {

using Clock = std::chrono::steady_clock;
using Marks = std::vector<std::uint64_t>;

/// Looks at the clock now and then, and gives up.
class Patience {
  public:
    explicit Patience(std::chrono::milliseconds patience) : m_patience(patience), m_end(Clock::now() + patience) {}

    void take() {
        if (++m_taken % features_between_looks == 0 && Clock::now() > m_end) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("filter: expected one that is decided within {} ms, gave up after {} features: narrow it by a box, or ask "
                                         "for less at once",
                                         m_patience.count(), m_taken));
        }
    }

  private:
    static constexpr std::size_t features_between_looks = 256;

    std::chrono::milliseconds m_patience;
    Clock::time_point m_end;
    std::size_t m_taken = 0;
};

/// The grid cells of a box: to_grid never turns the order of two coordinates, so no feature within the box is missed.
geo::GridBox cells_of(const geo::LonLatBox &box) {
    const auto clamped = [](double lon_deg, double lat_deg) {
        return geo::to_grid(geo::LonLat{std::clamp(lon_deg, -180.0, 180.0), std::clamp(lat_deg, -90.0, 90.0)});
    };
    geo::GridBox cells;
    if (!box.empty()) {
        cells.extend(clamped(box.west_deg, box.north_deg));
        cells.extend(clamped(box.east_deg, box.south_deg));
    }
    return cells;
}

/// One part's features, each looked at once at most.
class PartSelection {
  public:
    PartSelection(const tiles::LayerSnapshot::PartView &view, Evaluation &evaluation, Patience &patience)
        : m_view(&view), m_evaluation(&evaluation), m_patience(&patience), m_marks((view.part->size() + 63) / 64, 0) {
        evaluation.enter(*view.part);
    }

    void look_at(std::uint32_t index) {
        if (m_view->is_removed(index)) {
            return;
        }
        m_patience->take();
        const std::uint64_t bit = std::uint64_t{1} << (index % 64);
        if ((m_marks[index / 64] & bit) == 0 && m_evaluation->evaluate(index) == Truth::yes) {
            m_marks[index / 64] |= bit;
            ++m_matched;
        }
    }

    [[nodiscard]] Marks take_marks() { return std::move(m_marks); }
    [[nodiscard]] std::size_t matched() const noexcept { return m_matched; }

  private:
    const tiles::LayerSnapshot::PartView *m_view;
    Evaluation *m_evaluation;
    Patience *m_patience;
    Marks m_marks;
    std::size_t m_matched = 0;
};

} // namespace

Selection select(const tiles::LayerSnapshot &snapshot, const BoundFilter &filter, std::chrono::milliseconds patience_time) {
    Patience patience(patience_time);
    Evaluation evaluation(filter);
    const auto hint = index_hint(filter.root);
    Selection selection;
    for (const auto &view : snapshot.parts()) {
        PartSelection part(view, evaluation, patience);
        if (hint) {
            for (const geo::LonLatBox &box : *hint) {
                view.part->tree().query(cells_of(box), [&](std::uint32_t index) { part.look_at(index); });
            }
        } else {
            for (std::uint32_t index = 0; index < view.part->size(); ++index) {
                part.look_at(index);
            }
        }
        selection.matched += part.matched();
        selection.marks.push_back(part.take_marks());
    }
    return selection;
}

Selection select_all(const tiles::LayerSnapshot &snapshot) {
    Selection selection;
    selection.matched = snapshot.size();
    for (const auto &view : snapshot.parts()) {
        Marks marks((view.part->size() + 63) / 64, ~std::uint64_t{0});
        for (std::size_t word = 0; view.removed != nullptr && word < marks.size(); ++word) {
            marks[word] &= ~(*view.removed)[word];
        }
        if (const std::uint32_t rest = view.part->size() % 64; rest != 0) {
            marks.back() &= (std::uint64_t{1} << rest) - 1;
        }
        selection.marks.push_back(std::move(marks));
    }
    return selection;
}

} // namespace keyaki::server::filter
