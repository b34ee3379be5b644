#include "server/flows/layer_published.hpp"

#include "tiles/changed_tiles.hpp"

#include <fmt/format.h>

#include <string_view>

namespace keyaki::server {

namespace {

std::string_view reason_of(tiles::ZoomChanges::Unknown unknown) {
    switch (unknown) {
    case tiles::ZoomChanges::Unknown::nothing: return "";
    case tiles::ZoomChanges::Unknown::too_many_tiles: return "too-many-tiles";
    case tiles::ZoomChanges::Unknown::too_many_features: return "too-many-features";
    case tiles::ZoomChanges::Unknown::zooms_changed: return "zooms-changed";
    }
    return "";
}

void append_all(std::string &json, int zoom, std::string_view reason) {
    json += fmt::format(R"({}{{"zoom":{},"tiles":"all","reason":"{}"}})", json.back() == '[' ? "" : ",", zoom, reason);
}

void append_tiles(std::string &json, const tiles::ZoomChanges &zoom) {
    json += fmt::format(R"({}{{"zoom":{},"tiles":[)", json.back() == '[' ? "" : ",", zoom.zoom);
    for (const geo::TileId tile : zoom.tiles) {
        json += fmt::format("{}[{},{}]", json.back() == '[' ? "" : ",", tile.x, tile.y);
    }
    json += "]}";
}

void append_changed(std::string &json, const Publication &publication) {
    for (const tiles::ZoomChanges &zoom : tiles::changed_tiles(publication.old_snapshot, publication.snapshot, publication.changed_ids)) {
        if (zoom.unknown != tiles::ZoomChanges::Unknown::nothing) {
            append_all(json, zoom.zoom, reason_of(zoom.unknown));
        } else if (!zoom.tiles.empty()) {
            append_tiles(json, zoom);
        }
    }
}

} // namespace

void forget_content(Publication &publication) {
    publication.old_snapshot.reset();
    publication.snapshot.reset();
    publication.changed_ids = {};
    publication.why_not_known = "too-many-publishes";
}

std::string layer_published_json(const Publication &publication) {
    std::string json =
        fmt::format(R"({{"layer":"{}","before":{},"revision":{},"tiles":[)", publication.layer, publication.before, publication.revision);
    if (publication.old_snapshot) {
        append_changed(json, publication);
    } else {
        for (int zoom = publication.zoom_min; zoom <= publication.zoom_max; ++zoom) {
            append_all(json, zoom, publication.before == 0 ? "new-layer" : publication.why_not_known);
        }
    }
    return json + "]}";
}

} // namespace keyaki::server
