#include "server/flows/import.hpp"

#include "geo/error.hpp"
#include "importers/osm_rules.hpp"

#include <fmt/format.h>

#include <memory>

namespace keyaki::server {

namespace {

/// What the licence asks to be shown (ODbL 1.0, 4.3; openstreetmap.org/copyright); also how a layer is known to be OpenStreetMap's.
constexpr std::string_view osm_attribution = "© OpenStreetMap contributors";

data::LayerGeometry geometry_of(const importers::OsmLayer &layer) {
    if (layer.points && !layer.lines && !layer.polygons) {
        return data::LayerGeometry::point;
    }
    if (layer.lines && !layer.points && !layer.polygons) {
        return data::LayerGeometry::line;
    }
    if (layer.polygons && !layer.points && !layer.lines) {
        return data::LayerGeometry::polygon;
    }
    return data::LayerGeometry::any;
}

data::LayerSpec spec_of(const importers::OsmLayer &layer) {
    data::LayerSpec spec;
    spec.id = layer.id;
    spec.title_ja = layer.title_ja;
    spec.title_en = layer.title_en;
    spec.geometry = geometry_of(layer);
    spec.attribution = osm_attribution;
    spec.zoom_min = layer.zoom_min;
    return spec;
}

/// A draft for each layer of the rules, in their order.
using Drafts = std::map<std::string, std::unique_ptr<data::DraftWriter>, std::less<>>;

Drafts open_drafts(data::Store &store, const std::string &author) {
    for (const importers::OsmLayer &layer : importers::osm_layers()) {
        const auto known = store.find_layer(layer.id);
        if (known && known->spec.attribution != osm_attribution) {
            throw geo::Error(geo::ErrorKind::conflict,
                             fmt::format("layer {} is there already and is not OpenStreetMap's (its attribution is \"{}\"); nothing was imported",
                                         layer.id, known->spec.attribution));
        }
    }
    Drafts drafts;
    for (const importers::OsmLayer &layer : importers::osm_layers()) {
        ensure_layer(store, spec_of(layer), author);
        drafts.emplace(layer.id, store.write_draft(layer.id, data::Store::DraftMode::replace, author));
    }
    return drafts;
}

} // namespace

OsmImportOutcome import_osm(data::Store &store, const std::filesystem::path &file, const std::optional<geo::LonLatBox> &box,
                            const std::string &author, const importers::Progress &progress) {
    Drafts drafts = open_drafts(store, author);
    OsmImportOutcome outcome;
    const auto sink = [&](std::string_view layer, geo::Feature &&feature) { drafts.find(layer)->second->put(std::move(feature)); };
    outcome.report = importers::read_osm_file(file, {box}, sink, progress);
    for (const auto &[layer, draft] : drafts) {
        outcome.layers.emplace(layer, draft->commit());
    }
    return outcome;
}

} // namespace keyaki::server
