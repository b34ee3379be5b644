#include "server/flows/file_tiles.hpp"

#include "geo/error.hpp"
#include "geo/utf8.hpp"
#include "importers/child_reader.hpp"
#include "server/flows/given_ids.hpp"
#include "server/flows/tile_archive.hpp"
#include "tiles/layer_snapshot.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::server {

namespace {

/// This program, which reads files from outside when it is started as a child.
constexpr const char *own_program = "/proc/self/exe";

/// "shelters" of /srv/shelters.geojson and of shelters.shp.zip.
std::string layer_name(const FileTilesOptions &options) {
    if (!options.layer.empty()) {
        return options.layer;
    }
    const std::string name = options.file.filename().string();
    const std::string stem = name.substr(0, name.find('.', 1));
    return geo::is_utf8(stem) && !stem.empty() ? stem : "features";
}

TileSet set_of(std::shared_ptr<const tiles::LayerSnapshot> snapshot, const std::string &layer, tiles::ZoomRange zooms) {
    TileSet set;
    set.title = layer;
    set.zoom_min = zooms.min;
    set.zoom_max = zooms.max;
    set.bounds = snapshot->bounds();
    set.layers.push_back({std::move(snapshot), layer});
    return set;
}

} // namespace

FileTilesOutcome build_file_tiles(const std::filesystem::path &archive, const FileTilesOptions &options, ArchiveFile::Existing existing,
                                  const TileProgress &progress) {
    ArchiveFile::check(archive, existing); // before anything is read
    FileTilesOutcome outcome;
    outcome.layer = layer_name(options);
    tiles::SnapshotDescription description;
    description.layer = outcome.layer;
    description.zoom_min = options.zooms.min;
    description.zoom_max = options.zooms.max;
    tiles::LayerSnapshot::Builder builder(std::move(description));
    GivenIds ids;
    outcome.report = importers::read_in_child(
        own_program, options.file, options.reading,
        [&](geo::Feature &&feature, std::uint64_t) {
            ids.give(feature);
            builder.add(feature);
        },
        progress);
    if (outcome.report.features == 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected features to draw, found none\n{}", options.file.string(), importers::describe(outcome.report)));
    }
    const TileSet set = set_of(builder.finish(), outcome.layer, options.zooms);
    outcome.archive = write_tile_archive(set, archive, {options.zooms, false, options.threads}, existing, progress);
    return outcome;
}

} // namespace keyaki::server
