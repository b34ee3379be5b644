#include "server/flows/base_map.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

namespace {

using importers::ShortbreadLayer;
using nlohmann::ordered_json;

/// How a layer is made smaller.
struct Generalised {
    ShortbreadLayer layer;
    bool joins_lines;
    bool joins_polygons;
    std::uint8_t gives_way; ///< the highest first, 0 never: the ground, water, streets and names of places are what a map is for
};

using enum ShortbreadLayer;
constexpr std::array<Generalised, importers::shortbread_layer_count> layers{{
    {ocean, false, true, 0},
    {water_polygons, false, false, 1},
    {land, false, true, 4},
    {sites, false, true, 6},
    {water_lines, true, false, 2},
    {dam_lines, true, false, 5},
    {dam_polygons, false, true, 5},
    {pier_lines, true, false, 5},
    {pier_polygons, false, true, 5},
    {bridges, false, true, 5},
    {buildings, false, true, 7},
    {street_polygons, false, true, 3},
    {streets, true, false, 0},
    {aerialways, true, false, 0},
    {ferries, true, false, 0},
    {boundaries, true, false, 0},
    {addresses, false, false, 9},
    {pois, false, false, 8},
    {public_transport, false, false, 0},
    {water_lines_labels, true, false, 3},
    {water_polygons_labels, false, false, 3},
    {streets_polygons_labels, false, false, 3},
    {street_labels, true, false, 3},
    {street_labels_points, false, false, 3},
    {place_labels, false, false, 0},
    {boundary_labels, false, false, 0},
}};

/// Places of the fields' names among the schema's keys.
using KeyPlaces = std::map<std::string_view, std::uint8_t>;

KeyPlaces key_places(const tiles::MapSchema &schema) {
    KeyPlaces places;
    for (std::size_t key = 0; key < schema.keys.size(); ++key) {
        places.emplace(schema.keys[key], static_cast<std::uint8_t>(key));
    }
    return places;
}

/// Hands the importer's features to the builder of tiles.
class FeaturesToMap final : public importers::ShortbreadSink {
  public:
    FeaturesToMap(tiles::MapBuilder &builder, const tiles::MapSchema &schema, unsigned threads)
        : m_builder(builder), m_places(key_places(schema)), m_fields(threads) {}

    void number_vertices(std::uint32_t count) override { m_builder.number_vertices(count); }

    void take(const importers::ShortbreadFeature &feature, unsigned thread) override {
        std::vector<tiles::MapField> &fields = m_fields[thread];
        fields.clear();
        for (const importers::ShortbreadAttribute &attribute : feature.attributes) {
            fields.push_back({m_places.at(attribute.name), attribute.value, attribute.zoom_from});
        }
        tiles::MapFeature to_draw;
        to_draw.layer = static_cast<std::uint8_t>(feature.layer);
        to_draw.zoom_from = feature.zoom_from;
        to_draw.direction_from = feature.direction_from;
        to_draw.rank_fine = feature.rank.fine;
        to_draw.rank_coarse = feature.rank.coarse;
        to_draw.id = feature.id;
        to_draw.fields = fields;
        to_draw.shape = feature.shape;
        m_builder.add(to_draw, thread);
    }

  private:
    tiles::MapBuilder &m_builder;
    const KeyPlaces m_places;
    std::vector<std::vector<tiles::MapField>> m_fields; ///< by thread
};

/// TileJSON 3.0.0, 3.3.
std::string vector_layers() {
    ordered_json described = ordered_json::array();
    for (const Generalised &layer : layers) {
        ordered_json fields = ordered_json::object();
        for (const importers::ShortbreadField &field : importers::shortbread_fields(layer.layer)) {
            fields[std::string(field.name)] = field.type;
        }
        described.push_back({{"id", importers::shortbread_name(layer.layer)},
                             {"fields", std::move(fields)},
                             {"minzoom", importers::shortbread_zoom_min(layer.layer)},
                             {"maxzoom", importers::shortbread_zoom_max}});
    }
    return described.dump();
}

tiles::ArchiveDescription description_of(const importers::ShortbreadReport &report) {
    tiles::ArchiveDescription description;
    description.name = "OpenStreetMap";
    description.description = "Shortbread 1.0";
    description.attribution = "<a href=\"https://www.openstreetmap.org/copyright\">© OpenStreetMap contributors</a>";
    description.is_base_layer = true;
    description.bounds = report.box;
    description.vector_layers = vector_layers();
    return description;
}

} // namespace

tiles::MapSchema base_map_schema() {
    tiles::MapSchema schema;
    schema.zoom_max = importers::shortbread_zoom_max;
    schema.fine_rank_from = importers::shortbread_fine_rank_from;
    for (const Generalised &layer : layers) {
        assert(schema.layers.size() == static_cast<std::size_t>(layer.layer)); // in the order of the enum
        schema.layers.push_back({std::string(importers::shortbread_name(layer.layer)), layer.joins_lines, layer.joins_polygons, layer.gives_way});
        for (const importers::ShortbreadField &field : importers::shortbread_fields(layer.layer)) {
            if (std::find(schema.keys.begin(), schema.keys.end(), field.name) == schema.keys.end()) {
                schema.keys.emplace_back(field.name);
            }
        }
    }
    return schema;
}

BaseMapOutcome build_base_map(const std::filesystem::path &archive, const BaseMapOptions &options, ArchiveFile::Existing existing,
                              const TileProgress &progress) {
    ArchiveFile::check(archive, existing); // before minutes of reading
    const unsigned reading_threads = options.threads > 1 ? options.threads : 0;
    const unsigned adding_threads = reading_threads + 1;
    const tiles::MapSchema schema = base_map_schema();
    tiles::MapBuilder builder(archive, schema, adding_threads, options.threads);
    FeaturesToMap sink(builder, schema, adding_threads);
    BaseMapOutcome outcome;
    outcome.report = importers::read_shortbread(options.extract, {.threads = reading_threads, .ocean = options.ocean}, sink, progress);
    if (outcome.report.is_box_declared) {
        builder.limit_to(geo::grid_box(outcome.report.box));
    }
    ArchiveFile file(archive, description_of(outcome.report), existing);
    outcome.map = builder.finish([&](geo::TileId tile, std::string_view gzipped) { file.add(tile, gzipped); }, progress);
    if (outcome.map.tiles == 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected something that a base map shows, found nothing", options.extract.string()));
    }
    outcome.archive = file.finish();
    return outcome;
}

} // namespace keyaki::server
