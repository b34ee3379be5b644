#include "tiles/layer_snapshot.hpp"

#include "geo/mercator.hpp"
#include "tiles/limits.hpp"
#include "tiles/snapshot_part.hpp"
#include "tiles/snapshot_part_builder.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_set>

namespace keyaki::tiles {

namespace {

using PartView = LayerSnapshot::PartView;

PartView whole(std::shared_ptr<const SnapshotPart> part) {
    PartView view;
    view.size = part->size();
    view.kind_counts = part->kind_counts();
    view.bounds = part->tree().bounds();
    view.part = std::move(part);
    return view;
}

/// Degrees of a box of features: its edges are coordinates that features have.
geo::LonLatBox degrees(const geo::GridBox &box) {
    geo::LonLatBox degrees;
    if (!box.empty()) {
        degrees.extend(geo::to_lon_lat_e7({box.min_x, box.min_y}).degrees());
        degrees.extend(geo::to_lon_lat_e7({box.max_x, box.max_y}).degrees());
    }
    return degrees;
}

bool touches_edge(const geo::GridBox &inner, const geo::GridBox &outer) {
    return inner.min_x == outer.min_x || inner.min_y == outer.min_y || inner.max_x == outer.max_x || inner.max_y == outer.max_y;
}

/// Takes features out of a view whose marks it copies at the first one: the snapshot before keeps its own.
class Remover {
  public:
    explicit Remover(PartView &view) : m_view(&view) {}

    /// True where it was there.
    bool remove(std::string_view id) {
        const auto index = m_view->part->find(id);
        if (!index || m_view->is_removed(*index)) {
            return false;
        }
        if (m_marks == nullptr) {
            m_marks = m_view->removed ? std::make_shared<std::vector<std::uint64_t>>(*m_view->removed)
                                      : std::make_shared<std::vector<std::uint64_t>>((m_view->part->size() + 63) / 64, 0);
            m_view->removed = m_marks;
        }
        (*m_marks)[*index / 64] |= std::uint64_t{1} << (*index % 64);
        --m_view->size;
        m_view->part->count_kinds(*index, m_view->kind_counts, -1);
        m_bounds_changed = m_bounds_changed || touches_edge(m_view->part->box(*index), m_view->bounds);
        return true;
    }

    void finish() {
        if (!m_bounds_changed) {
            return;
        }
        m_view->bounds = {};
        for (std::uint32_t index = 0; index < m_view->part->size(); ++index) {
            if (!m_view->is_removed(index)) {
                m_view->bounds.extend(m_view->part->box(index));
            }
        }
    }

  private:
    PartView *m_view;
    std::shared_ptr<std::vector<std::uint64_t>> m_marks;
    bool m_bounds_changed = false;
};

PartView merged(std::span<const PartView> views) {
    SnapshotPartBuilder builder;
    for (const PartView &view : views) {
        for (std::uint32_t index = 0; index < view.part->size(); ++index) {
            if (!view.is_removed(index)) {
                builder.add(*view.part, index);
            }
        }
    }
    return whole(builder.finish());
}

/// Keeps parts few and what is removed less than half: as a log-structured merge tree, each part at least four times the next one, so that a
/// feature is copied a logarithmic number of times however many publishes follow.
std::vector<PartView> compacted(std::vector<PartView> views) {
    std::erase_if(views, [](const PartView &view) { return view.size == 0; });
    for (PartView &view : views) {
        if (view.size * 2 < view.part->size()) {
            view = merged(std::span(&view, 1));
        }
    }
    const auto larger = [](const PartView &a, const PartView &b) { return a.size > b.size; };
    std::stable_sort(views.begin(), views.end(), larger);
    while (views.size() > 1 && (views[views.size() - 2].size < 4 * views.back().size || views.size() > max_parts_per_snapshot)) {
        PartView both = merged(std::span(views).last(2));
        views.resize(views.size() - 2);
        views.push_back(std::move(both));
        std::stable_sort(views.begin(), views.end(), larger);
    }
    return views;
}

std::size_t holders(std::span<const PartView> views, std::uint64_t number) {
    std::size_t count = 0;
    for (const PartView &view : views) {
        view.part->with_numeric_id(number, [&](std::uint32_t index) { count += view.is_removed(index) ? 0U : 1U; });
    }
    return count;
}

/// The numbers that more than one feature has, of those that may be; ascending.
std::vector<std::uint64_t> shared_numbers(std::span<const PartView> views, std::vector<std::uint64_t> perhaps) {
    for (const PartView &view : views) {
        const auto repeated = view.part->repeated_numeric_ids();
        perhaps.insert(perhaps.end(), repeated.begin(), repeated.end());
    }
    std::sort(perhaps.begin(), perhaps.end());
    perhaps.erase(std::unique(perhaps.begin(), perhaps.end()), perhaps.end());
    std::erase_if(perhaps, [&](std::uint64_t number) { return holders(views, number) < 2; });
    return perhaps;
}

} // namespace

LayerSnapshot::LayerSnapshot(SnapshotDescription description, std::vector<PartView> parts, std::vector<std::uint64_t> perhaps_ambiguous)
    : m_description(std::move(description)), m_parts(std::move(parts)),
      m_ambiguous_numeric_ids(shared_numbers(m_parts, std::move(perhaps_ambiguous))) {
    geo::GridBox bounds;
    for (const PartView &view : m_parts) {
        m_size += view.size;
        bounds.extend(view.bounds);
    }
    m_bounds = degrees(bounds);
}

LayerSnapshot::~LayerSnapshot() = default;

std::shared_ptr<const LayerSnapshot> LayerSnapshot::make(SnapshotDescription description, std::vector<PartView> parts,
                                                         std::vector<std::uint64_t> perhaps_ambiguous) {
    struct Public : LayerSnapshot { // lets make_shared reach the private constructor
        Public(SnapshotDescription &&description, std::vector<PartView> &&parts, std::vector<std::uint64_t> &&numbers)
            : LayerSnapshot(std::move(description), std::move(parts), std::move(numbers)) {}
    };
    return std::make_shared<Public>(std::move(description), std::move(parts), std::move(perhaps_ambiguous));
}

std::shared_ptr<const LayerSnapshot> LayerSnapshot::with_description(SnapshotDescription description) const {
    return make(std::move(description), m_parts, m_ambiguous_numeric_ids);
}

std::shared_ptr<const LayerSnapshot> LayerSnapshot::with_changes(SnapshotDescription description, std::span<const std::string> removed_ids,
                                                                 const std::vector<geo::Feature> &added) const {
    SnapshotPartBuilder builder;
    for (const geo::Feature &feature : added) {
        builder.add(feature);
    }
    const auto part = builder.finish();

    std::vector<PartView> views = m_parts;
    std::vector<Remover> removers;
    removers.reserve(views.size());
    std::transform(views.begin(), views.end(), std::back_inserter(removers), [](PartView &view) { return Remover(view); });
    const auto remove = [&](const std::string &id) { // an id is alive in one part at most
        return std::any_of(removers.begin(), removers.end(), [&](Remover &remover) { return remover.remove(id); });
    };
    std::for_each(removed_ids.begin(), removed_ids.end(), remove);
    std::for_each(added.begin(), added.end(), [&](const geo::Feature &feature) { remove(feature.id); });
    std::for_each(removers.begin(), removers.end(), [](Remover &remover) { remover.finish(); });

    std::vector<std::uint64_t> perhaps_ambiguous = m_ambiguous_numeric_ids;
    for (std::uint32_t index = 0; index < part->size(); ++index) {
        if (holders(views, part->numeric_id(index)) > 0) {
            perhaps_ambiguous.push_back(part->numeric_id(index));
        }
    }
    if (part->size() > 0) {
        views.push_back(whole(part));
    }
    return make(std::move(description), compacted(std::move(views)), std::move(perhaps_ambiguous));
}

std::size_t LayerSnapshot::memory_bytes() const noexcept {
    std::size_t sum = sizeof(*this);
    for (const PartView &view : m_parts) {
        sum += view.part->memory_bytes() + (view.removed ? view.removed->capacity() * sizeof(std::uint64_t) : 0);
    }
    return sum;
}

std::map<std::string, std::string> LayerSnapshot::fields() const {
    std::map<std::string, KindCounts> counts;
    for (const PartView &view : m_parts) {
        for (std::size_t key = 0; key < view.kind_counts.size(); ++key) {
            KindCounts &sum = counts[view.part->keys()[key]];
            for (std::size_t kind = 0; kind < sum.size(); ++kind) {
                sum[kind] += view.kind_counts[key][kind];
            }
        }
    }
    const auto count = [](const KindCounts &of, ValueKind kind) { return of[static_cast<std::size_t>(kind)]; };
    // The tile builder adds the id as text wherever a feature has no property of that name.
    if (m_size > 0) {
        KindCounts &ids = counts["id"];
        const std::size_t own = count(ids, ValueKind::text) + count(ids, ValueKind::number) + count(ids, ValueKind::boolean);
        ids[static_cast<std::size_t>(ValueKind::text)] += static_cast<std::uint32_t>(m_size - own);
    }
    std::map<std::string, std::string> fields;
    for (const auto &[name, of] : counts) {
        const bool texts = count(of, ValueKind::text) > 0;
        const bool numbers = count(of, ValueKind::number) > 0;
        const bool booleans = count(of, ValueKind::boolean) > 0;
        if (texts || numbers || booleans) {
            fields[name] = texts || (numbers && booleans) ? "String" : (numbers ? "Number" : "Boolean");
        }
    }
    return fields;
}

struct LayerSnapshot::Builder::State {
    SnapshotDescription description;
    SnapshotPartBuilder part;
};

LayerSnapshot::Builder::Builder(SnapshotDescription description) : m_state(std::make_unique<State>()) {
    m_state->description = std::move(description);
}
LayerSnapshot::Builder::~Builder() = default;
LayerSnapshot::Builder::Builder(Builder &&) noexcept = default;
LayerSnapshot::Builder &LayerSnapshot::Builder::operator=(Builder &&) noexcept = default;

void LayerSnapshot::Builder::add(const geo::Feature &feature) { m_state->part.add(feature); }

std::shared_ptr<const LayerSnapshot> LayerSnapshot::Builder::finish() {
    assert(m_state != nullptr);
    const std::unique_ptr<State> state = std::move(m_state);
    std::vector<PartView> views;
    if (state->part.size() > 0) {
        views.push_back(whole(state->part.finish()));
    }
    return LayerSnapshot::make(std::move(state->description), std::move(views), {});
}

} // namespace keyaki::tiles
