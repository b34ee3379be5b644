#include "server/filter/sorting.hpp"

#include "geo/error.hpp"
#include "server/filter/limits.hpp"
#include "server/filter/part_column.hpp"
#include "server/filter/scalar.hpp"
#include "tiles/snapshot_part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <span>

namespace keyaki::server::filter {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, "sortby: " + sentence); }

SortKey parse_key(std::string_view word, const Queryables &queryables) {
    SortKey key;
    key.is_descending = word.starts_with('-');
    if (key.is_descending || word.starts_with('+') || word.starts_with(' ')) {
        word.remove_prefix(1);
    }
    const Queryable *column = queryables.find(word);
    if (column == nullptr) {
        refuse(fmt::format("expected a property that the layer has (see its queryables), found {}", in_quotes(word)));
    }
    if (column->type == QueryableType::geometry) {
        refuse(fmt::format("expected a property that has an order, found the geometry {}", in_quotes(word)));
    }
    key.column = *column;
    return key;
}

/// Truth values, numbers, texts, nothing.
int rank(const Scalar &value) noexcept {
    if (std::holds_alternative<bool>(value)) {
        return 0;
    }
    if (std::holds_alternative<std::string_view>(value)) {
        return 2;
    }
    const auto *real = std::get_if<double>(&value);
    const bool has_no_order = std::holds_alternative<std::monostate>(value) || (real != nullptr && std::isnan(*real));
    return has_no_order ? 3 : 1;
}

/// Below 0, 0 or above, in the order of a page.
int order_of(const Scalar &a, const Scalar &b, bool is_descending) noexcept {
    const int left = rank(a);
    const int right = rank(b);
    if (left == 3 || right == 3) {
        return left == right ? 0 : (left == 3 ? 1 : -1);
    }
    const int order = left != right ? (left < right ? -1 : 1) : compare(a, b).value_or(0);
    return is_descending ? -order : order;
}

/// A feature that may come onto the page.
struct Entry {
    std::uint32_t part = 0;
    std::uint32_t index = 0;
};

class Sorter {
  public:
    Sorter(const tiles::LayerSnapshot &snapshot, const std::vector<SortKey> &keys) : m_snapshot(&snapshot), m_keys(&keys) {
        for (const auto &view : snapshot.parts()) {
            std::vector<PartColumn> &columns = m_columns.emplace_back();
            std::transform(keys.begin(), keys.end(), std::back_inserter(columns),
                           [&](const SortKey &key) { return PartColumn(*view.part, key.column); });
        }
    }

    [[nodiscard]] const tiles::SnapshotPart &part(const Entry &entry) const { return *m_snapshot->parts()[entry.part].part; }
    [[nodiscard]] std::string_view id(const Entry &entry) const { return part(entry).id(entry.index); }
    [[nodiscard]] Scalar value(const Entry &entry, std::size_t key) const {
        const std::uint32_t number = m_columns[entry.part][key].value(entry.index);
        return std::visit([](auto held) -> Scalar { return held; }, part(entry).values().value(number));
    }

    [[nodiscard]] bool stands_before(const Entry &a, const Entry &b) const {
        for (std::size_t key = 0; key < m_keys->size(); ++key) {
            if (const int order = order_of(value(a, key), value(b, key), (*m_keys)[key].is_descending); order != 0) {
                return order < 0;
            }
        }
        return id(a) < id(b);
    }

    [[nodiscard]] bool stands_behind(const Entry &entry, const SortPlace &place) const {
        for (std::size_t key = 0; key < m_keys->size(); ++key) {
            if (const int order = order_of(value(entry, key), scalar_of(place.values[key]), (*m_keys)[key].is_descending); order != 0) {
                return order > 0;
            }
        }
        return id(entry) > place.id;
    }

    [[nodiscard]] SortPlace place_of(const Entry &entry) const {
        SortPlace place;
        for (std::size_t key = 0; key < m_keys->size(); ++key) {
            const auto held = part(entry).values().value(m_columns[entry.part][key].value(entry.index));
            place.values.push_back(std::visit(
                [](auto one) -> Literal {
                    if constexpr (std::is_same_v<decltype(one), std::string_view>) {
                        return std::string(one);
                    } else {
                        return one;
                    }
                },
                held));
        }
        place.id = id(entry);
        return place;
    }

  private:
    const tiles::LayerSnapshot *m_snapshot;
    const std::vector<SortKey> *m_keys;
    std::vector<std::vector<PartColumn>> m_columns; ///< by part and key
};

/// Calls visit(entry) for each selected feature.
template <typename Visit>
void for_each_selected(const Selection &selection, Visit &&visit) {
    for (std::uint32_t part = 0; part < selection.marks.size(); ++part) {
        const auto &marks = selection.marks[part];
        for (std::size_t word = 0; word < marks.size(); ++word) {
            for (std::uint64_t left = marks[word]; left != 0; left &= left - 1) {
                visit(Entry{part, static_cast<std::uint32_t>(word * 64 + static_cast<std::size_t>(std::countr_zero(left)))});
            }
        }
    }
}

/// Selected features in the order of their ids: a part is sorted by id already, so that they only have to be merged.
class IdWalk {
  public:
    IdWalk(const tiles::LayerSnapshot &snapshot, const Selection &selection, std::string_view after) : m_selection(&selection) {
        for (std::uint32_t number = 0; number < snapshot.parts().size(); ++number) {
            const tiles::SnapshotPart &part = *snapshot.parts()[number].part;
            Cursor cursor{&part, number, part.by_id().subspan(after.empty() ? 0 : part.rank_behind(after)), {}};
            settle(cursor);
            m_cursors.push_back(cursor);
        }
    }

    [[nodiscard]] std::optional<Entry> next() {
        Cursor *least = nullptr;
        for (Cursor &cursor : m_cursors) {
            if (!cursor.order.empty() && (least == nullptr || cursor.id < least->id)) {
                least = &cursor;
            }
        }
        if (least == nullptr) {
            return std::nullopt;
        }
        const Entry entry{least->number, least->order.front()};
        least->order = least->order.subspan(1);
        settle(*least);
        return entry;
    }

  private:
    struct Cursor {
        const tiles::SnapshotPart *part;
        std::uint32_t number;
        std::span<const std::uint32_t> order;
        std::string_view id;
    };

    /// Goes to the next selected one.
    void settle(Cursor &cursor) const {
        while (!cursor.order.empty() && !m_selection->has(cursor.number, cursor.order.front())) {
            cursor.order = cursor.order.subspan(1);
        }
        cursor.id = cursor.order.empty() ? std::string_view() : cursor.part->id(cursor.order.front());
    }

    const Selection *m_selection;
    std::vector<Cursor> m_cursors;
};

/// At most `count` entries behind `after`.
std::vector<Entry> first_by_id(const tiles::LayerSnapshot &snapshot, const Selection &selection, std::string_view after, std::size_t count) {
    std::vector<Entry> entries;
    IdWalk walk(snapshot, selection, after);
    for (auto entry = walk.next(); entry && entries.size() < count; entry = walk.next()) {
        entries.push_back(*entry);
    }
    return entries;
}

/// The same in the order of the keys: a heap whose front is the last of the best so far.
std::vector<Entry> first_by_keys(const Sorter &sorter, const Selection &selection, const std::optional<SortPlace> &after, std::size_t count) {
    const auto stands_before = [&](const Entry &a, const Entry &b) { return sorter.stands_before(a, b); };
    std::vector<Entry> entries;
    for_each_selected(selection, [&](const Entry &entry) {
        const bool is_full = entries.size() == count;
        if ((is_full && !sorter.stands_before(entry, entries.front())) || (after && !sorter.stands_behind(entry, *after))) {
            return;
        }
        if (is_full) {
            std::pop_heap(entries.begin(), entries.end(), stands_before);
            entries.back() = entry;
        } else {
            entries.push_back(entry);
        }
        std::push_heap(entries.begin(), entries.end(), stands_before);
    });
    std::sort_heap(entries.begin(), entries.end(), stands_before);
    return entries;
}

} // namespace

std::vector<SortKey> parse_sortby(std::string_view text, const Queryables &queryables) {
    std::vector<SortKey> keys;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        SortKey key = parse_key(text.substr(begin, end - begin), queryables);
        if (std::any_of(keys.begin(), keys.end(), [&](const SortKey &other) { return other.column == key.column; })) {
            refuse(fmt::format("expected each name once, found {} twice", in_quotes(key.column.name)));
        }
        keys.push_back(std::move(key));
        if (keys.size() > max_sort_keys) {
            refuse(fmt::format("expected at most {} names, found more", max_sort_keys));
        }
        begin = end + 1;
    }
    return keys;
}

SortedPage sorted_page(const tiles::LayerSnapshot &snapshot, const Selection &selection, const std::vector<SortKey> &keys,
                       const std::optional<SortPlace> &after, std::size_t limit) {
    const Sorter sorter(snapshot, keys);
    // One more than the page, to know whether there are more. Where few are selected, walking along all ids takes longer than looking at those few.
    const bool walks = keys.empty() && selection.matched > 0 && (limit + 1) * (snapshot.size() / selection.matched) < selection.matched;
    std::vector<Entry> page = walks ? first_by_id(snapshot, selection, after ? std::string_view(after->id) : std::string_view(), limit + 1)
                                    : first_by_keys(sorter, selection, after, limit + 1);
    SortedPage found;
    found.has_more = page.size() > limit;
    page.resize(std::min(page.size(), limit));
    for (const Entry &entry : page) {
        found.features.emplace_back(sorter.part(entry), entry.index);
    }
    return found;
}

std::optional<SortPlace> place_of(const tiles::LayerSnapshot &snapshot, const std::vector<SortKey> &keys, std::string_view id) {
    for (std::uint32_t part = 0; part < snapshot.parts().size(); ++part) {
        const auto &view = snapshot.parts()[part];
        if (const auto index = view.part->find(id); index && !view.is_removed(*index)) {
            return Sorter(snapshot, keys).place_of(Entry{part, *index});
        }
    }
    return std::nullopt;
}

} // namespace keyaki::server::filter
