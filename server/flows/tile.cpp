#include "server/flows/tile.hpp"

#include "data/layer.hpp"
#include "geo/error.hpp"
#include "server/flows/collection.hpp"

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

void add_layer(TileSet &set, const Snapshot &snapshot) {
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
    set.name += fmt::format("{}{}@{}:{}-{}", set.name.empty() ? "" : ",", description.layer, description.revision, description.zoom_min,
                            description.zoom_max);
    set.revision_header += fmt::format("{}{}={}", set.revision_header.empty() ? "" : ", ", description.layer, description.revision);
    set.layers.push_back({snapshot, description.layer});
}

/// Whether everyone may see the layer, and the revision of it that is named.
bool is_public(const Catalogue &catalogue, const LayerReference &reference) {
    return std::any_of(catalogue.layers.begin(), catalogue.layers.end(), [&](const ServedLayer &served) {
        return served.layer.spec.id == reference.id && served.layer.spec.visibility == data::Visibility::everyone &&
               reference.revision.value_or(served.layer.revision) >= served.layer.public_from;
    });
}

} // namespace

std::optional<TileSet> find_tile_set(Snapshots &snapshots, std::string_view names) {
    const auto catalogue = snapshots.catalogue();
    TileSet set;
    if (names == "city" && !is_public(*catalogue, {names, std::nullopt})) {
        set.title = catalogue->city.ja;
        for (const ServedLayer &served : catalogue->layers) {
            if (served.layer.spec.visibility == data::Visibility::everyone) {
                add_layer(set, served.snapshot);
            }
        }
        return set.layers.empty() ? std::nullopt : std::optional(std::move(set));
    }
    set.is_pinned = true;
    for (const std::string_view name : split_names(names)) {
        const LayerReference reference = parse_layer_reference(name);
        if (!is_public(*catalogue, reference)) {
            return std::nullopt;
        }
        const Snapshot snapshot = reference.revision ? snapshots.at_revision(reference.id, *reference.revision) : snapshots.published(reference.id);
        if (!snapshot) {
            return std::nullopt;
        }
        set.is_pinned = set.is_pinned && reference.revision.has_value();
        add_layer(set, snapshot);
    }
    return set;
}

bool is_in_tile_set(const TileSet &set, geo::TileId tile) {
    return geo::is_valid(tile) && tile.z >= set.zoom_min && tile.z <= set.zoom_max && !set.bounds.empty() && set.bounds.intersects(geo::bounds(tile));
}

std::shared_ptr<const tiles::CachedTile> get_tile(tiles::TileCache &cache, const TileSet &set, geo::TileId tile, tiles::TileSource *source) {
    return cache.get(
        fmt::format("{}/{}/{}/{}", set.name, tile.z, tile.x, tile.y), [&] { return tiles::build_tile(set.layers, tile); }, source);
}

} // namespace keyaki::server
