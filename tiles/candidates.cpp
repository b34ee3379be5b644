#include "tiles/candidates.hpp"

#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <iterator>

namespace keyaki::tiles {

namespace {

struct Keyed {
    Candidate candidate;
    std::uint64_t place;
    std::string_view id;

    friend bool operator<(const Keyed &a, const Keyed &b) { return a.place != b.place ? a.place < b.place : a.id < b.id; }
};

Keyed keyed(const LayerSnapshot &snapshot, Candidate candidate) {
    const SnapshotPart &part = *snapshot.parts()[candidate.part].part;
    return {candidate, part.curve_place(candidate.index), part.id(candidate.index)};
}

void collect_of_part(const LayerSnapshot &snapshot, std::uint32_t number, const geo::GridBox &box, std::vector<Candidate> &candidates) {
    const LayerSnapshot::PartView &view = snapshot.parts()[number];
    view.part->tree().query(box, [&](std::uint32_t index) {
        if (!view.is_removed(index)) {
            view.part->prefetch_record(index);
            candidates.push_back({number, index});
        }
    });
}

} // namespace

void collect_candidates(const LayerSnapshot &snapshot, const geo::GridBox &box, std::vector<Candidate> &candidates) {
    candidates.clear();
    if (snapshot.parts().empty()) {
        return;
    }
    // A part's own order is the order of tiles: of the largest part, numbers are all there is to compare.
    collect_of_part(snapshot, 0, box, candidates);
    const auto by_index = [](Candidate a, Candidate b) { return a.index < b.index; };
    if (!std::is_sorted(candidates.begin(), candidates.end(), by_index)) {
        std::sort(candidates.begin(), candidates.end(), by_index);
    }
    std::vector<Candidate> others;
    for (std::uint32_t number = 1; number < snapshot.parts().size(); ++number) {
        collect_of_part(snapshot, number, box, others);
    }
    if (others.empty()) {
        return;
    }
    std::vector<Keyed> sorted;
    sorted.reserve(others.size());
    std::transform(others.begin(), others.end(), std::back_inserter(sorted), [&](Candidate candidate) { return keyed(snapshot, candidate); });
    std::sort(sorted.begin(), sorted.end());
    std::vector<Candidate> merged;
    merged.reserve(candidates.size() + sorted.size());
    auto from = candidates.begin();
    for (const Keyed &other : sorted) {
        const auto to = std::upper_bound(from, candidates.end(), other, [&](const Keyed &a, Candidate b) { return a < keyed(snapshot, b); });
        merged.insert(merged.end(), from, to);
        merged.push_back(other.candidate);
        from = to;
    }
    merged.insert(merged.end(), from, candidates.end());
    candidates.swap(merged);
}

} // namespace keyaki::tiles
