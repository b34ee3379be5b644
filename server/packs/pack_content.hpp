#pragma once

#include "geo/lon_lat.hpp"
#include "server/flows/opened_archive.hpp"
#include "server/flows/snapshots.hpp"
#include "server/flows/tile.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::packs {

/// A map that lies beneath the city's layers.
struct PackBase {
    std::shared_ptr<const OpenedArchive> archive;
    std::string attribution; ///< HTML that is safe to show
};

/// What a pack is made of: one state of the city, however long the making takes.
struct PackContent {
    std::string id;
    data::CityName city;
    std::vector<ServedLayer> layers; ///< those that were chosen
    TileSet set;                     ///< the same, to be drawn
    std::vector<PackBase> bases;     ///< of two that have a layer of the same name the first one's is drawn, of the city and a base map the city's
    geo::LonLatBox area;             ///< what is drawn; not empty
    int zoom_max = 0;

    /// nullptr where there is none of that id.
    [[nodiscard]] const ServedLayer *find(std::string_view layer) const noexcept;
};

struct PackChoice {
    std::string id = "city";
    std::string layers = "city"; ///< names joined by commas, or city for all public ones
    std::vector<PackBase> bases;
    std::optional<geo::LonLatBox> area; ///< nothing: that of the city's boundary and its shelters, else of all chosen layers, and margin_m around
};

/// The layer that holds the places to flee to, and the one that says where the city ends.
inline constexpr std::string_view shelter_layer = "shelters";
inline constexpr std::string_view boundary_layer = "boundary";

/// Finds what was chosen in the published state. Only what everyone may see comes into a pack, which is handed out. Error not_found for layers that
/// are not there or the staff's; invalid_input for names as find_tile_set()'s, for a revision (a pack is of what is published) and for layers with
/// nothing in them; too_large for an area of more than max_tiles tiles.
[[nodiscard]] PackContent choose_content(Snapshots &snapshots, const PackChoice &choice);

} // namespace keyaki::server::packs
