#include "server/flows/tile.hpp"

#include "data/layer.hpp"
#include "geo/error.hpp"
#include "server/flows/collection.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::invalid_input, sentence); }

std::vector<std::string_view> split_names(std::string_view names) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        parts.push_back(names.substr(begin, end - begin));
        begin = end + 1;
    }
    if (parts.size() > tiles::max_layers_per_tile) {
        refuse(fmt::format("expected at most {} layers in one tile, found {}", tiles::max_layers_per_tile, parts.size()));
    }
    return parts;
}

/// `state`: what names the content beside layer and zooms, "@12" or "@12+17" for a draft.
void add_layer(TileSet &set, const Snapshot &snapshot, std::string_view state, std::string_view revision) {
    for (const tiles::TileLayer &known : set.layers) {
        if (known.name == snapshot->description().layer) {
            refuse(fmt::format("layer {} stands twice in the address", known.name)); // MVT 2.1, 4.1: names are unique in a tile
        }
    }
    const tiles::SnapshotDescription &description = snapshot->description();
    set.zoom_min = set.layers.empty() ? description.zoom_min : std::min(set.zoom_min, description.zoom_min);
    set.zoom_max = set.layers.empty() ? description.zoom_max : std::max(set.zoom_max, description.zoom_max);
    set.bounds.extend(snapshot->bounds());
    // With the zooms, which can be set anew without a publish.
    set.name += fmt::format("{}{}{}:{}-{}", set.name.empty() ? "" : ",", description.layer, state, description.zoom_min, description.zoom_max);
    set.revision_header += fmt::format("{}{}={}", set.revision_header.empty() ? "" : ", ", description.layer, revision);
    set.layers.push_back({snapshot, description.layer});
}

void add_published(TileSet &set, const Snapshot &snapshot) {
    const std::string revision = std::to_string(snapshot->description().revision);
    add_layer(set, snapshot, "@" + revision, revision);
}

/// False where there is no such layer.
bool add_draft(TileSet &set, Snapshots &snapshots, const LayerReference &reference) {
    const bool is_draft = reference.state == LayerReference::State::draft;
    const auto draft = is_draft ? snapshots.draft(reference.id) : snapshots.draft_difference(reference.id);
    if (draft) {
        const std::string_view word = is_draft ? "draft" : "diff";
        add_layer(set, draft->snapshot, fmt::format("@{} {} {}", draft->layer.revision, word, draft->layer.draft_change), word);
    }
    return draft.has_value();
}

/// Every public layer.
std::optional<TileSet> find_city(const Catalogue &catalogue) {
    TileSet set;
    set.title = catalogue.city.ja;
    for (const ServedLayer &served : catalogue.layers) {
        if (served.layer.spec.visibility == data::Visibility::everyone) {
            add_published(set, served.snapshot);
        }
    }
    return set.layers.empty() ? std::nullopt : std::optional(std::move(set));
}

/// The layer's snapshot in the catalogue by which it was decided who may see it: a newer one may hold what only staff may.
Snapshot snapshot_in(const Catalogue &catalogue, std::string_view layer) {
    const auto served =
        std::find_if(catalogue.layers.begin(), catalogue.layers.end(), [layer](const ServedLayer &one) { return one.layer.spec.id == layer; });
    return served == catalogue.layers.end() ? nullptr : served->snapshot;
}

/// False where it is not there or not for who asks.
bool add_named(TileSet &set, Snapshots &snapshots, const Catalogue &catalogue, const LayerReference &reference, bool is_for_staff,
               const IsStaff &is_staff) {
    if (is_for_staff && !is_staff(reference.id)) {
        return false;
    }
    if (reference.is_of_draft()) {
        return add_draft(set, snapshots, reference);
    }
    const Snapshot snapshot = reference.revision ? snapshots.at_revision(reference.id, *reference.revision) : snapshot_in(catalogue, reference.id);
    if (snapshot) {
        add_published(set, snapshot);
    }
    return snapshot != nullptr;
}

std::optional<TileSet> find_layers(Snapshots &snapshots, const Catalogue &catalogue, std::string_view names, const IsStaff &is_staff) {
    TileSet set;
    set.is_pinned = true;
    for (const std::string_view name : split_names(names)) {
        const LayerReference reference = parse_layer_reference(name);
        const bool is_for_staff = !is_public(catalogue, reference);
        if (!add_named(set, snapshots, catalogue, reference, is_for_staff, is_staff)) {
            return std::nullopt;
        }
        set.is_private = set.is_private || is_for_staff;
        set.is_pinned = set.is_pinned && reference.revision.has_value();
    }
    set.url_layers = set.is_private ? names : std::string_view();
    return set;
}

/// Whether all of the set's snapshots are the catalogue's own: one that lives longer than it would keep an old revision in memory,
/// or show a newer one than the catalogue has.
bool is_of(const Catalogue &catalogue, const TileSet &set) {
    return std::all_of(set.layers.begin(), set.layers.end(), [&](const tiles::TileLayer &layer) {
        return std::any_of(catalogue.layers.begin(), catalogue.layers.end(),
                           [&](const ServedLayer &served) { return served.snapshot == layer.snapshot; });
    });
}

std::string cache_key(const TileSet &set, geo::TileId tile) { return fmt::format("{}/{}/{}/{}", set.name, tile.z, tile.x, tile.y); }

} // namespace

std::shared_ptr<const TileSet> KnownTileSets::find(std::string_view names) const {
    const std::shared_lock lock(m_mutex);
    const auto found = m_sets.find(names);
    return found == m_sets.end() ? nullptr : found->second;
}

void KnownTileSets::keep(std::string_view names, std::shared_ptr<const TileSet> set) {
    const std::lock_guard lock(m_mutex);
    if (m_sets.size() >= max_known_tile_sets) {
        m_sets.clear();
    }
    m_sets.insert_or_assign(std::string(names), std::move(set));
}

std::shared_ptr<const TileSet> find_tile_set(Snapshots &snapshots, std::string_view names, const IsStaff &is_staff) {
    const auto catalogue = snapshots.catalogue();
    if (auto known = catalogue->known_tile_sets->find(names)) {
        return known;
    }
    const bool is_city = names == "city" && !is_public(*catalogue, {names});
    auto found = is_city ? find_city(*catalogue) : find_layers(snapshots, *catalogue, names, is_staff);
    if (!found) {
        return nullptr;
    }
    auto set = std::make_shared<const TileSet>(*std::move(found));
    if (!set->is_private && is_of(*catalogue, *set)) { // what is known is answered without asking who asks
        catalogue->known_tile_sets->keep(names, set);
    }
    return set;
}

std::shared_ptr<const TileSet> find_known_tile_set(const Snapshots &snapshots, std::string_view names) {
    return snapshots.catalogue()->known_tile_sets->find(names);
}

bool is_in_tile_set(const TileSet &set, geo::TileId tile) {
    return geo::is_valid(tile) && tile.z >= set.zoom_min && tile.z <= set.zoom_max && !set.bounds.empty() && set.bounds.intersects(geo::bounds(tile));
}

std::shared_ptr<const tiles::CachedTile> get_tile(tiles::TileCache &cache, const TileSet &set, geo::TileId tile, tiles::TileSource *source) {
    return cache.get(
        cache_key(set, tile), [&] { return tiles::build_tile(set.layers, tile); }, source);
}

std::shared_ptr<const tiles::CachedTile> find_cached_tile(tiles::TileCache &cache, const TileSet &set, geo::TileId tile) {
    return cache.find(cache_key(set, tile));
}

} // namespace keyaki::server
