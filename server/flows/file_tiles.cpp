#include "server/flows/file_tiles.hpp"

#include "geo/error.hpp"
#include "geo/utf8.hpp"
#include "importers/child_reader.hpp"
#include "server/flows/given_ids.hpp"
#include "server/flows/tile_archive.hpp"
#include "tiles/layer_snapshot.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace keyaki::server {

namespace {

/// "shelters" of /srv/shelters.geojson and of shelters.shp.zip.
std::string layer_name(const FileTilesOptions &options) {
    if (!options.layer.empty()) {
        return options.layer;
    }
    const std::string name = options.file.filename().string();
    const std::string stem = name.substr(0, name.find('.', 1));
    return geo::is_utf8(stem) && !stem.empty() ? stem : "features";
}

/// A file that names some of its features and some not.
struct MixedIds {};

/// Ids for a file of which nobody will read a second version here: the features' own, or where none has one their numbers. Where some have,
/// numbers could be those of others: the ids of the rest are then made of their content.
class TileIds {
  public:
    explicit TileIds(bool is_mixed) : m_is_mixed(is_mixed) {}

    /// \throws MixedIds where that was not known
    void give(geo::Feature &feature) {
        if (m_is_mixed) {
            return m_given.give(feature);
        }
        const bool has_own = !feature.id.empty();
        if (m_count++ > 0 && has_own != m_have_own) {
            throw MixedIds();
        }
        m_have_own = has_own;
        if (!has_own) {
            feature.id = std::to_string(m_count);
        }
    }

  private:
    bool m_is_mixed;
    bool m_have_own = false;
    std::uint64_t m_count = 0;
    GivenIds m_given;
};

struct ReadFile {
    importers::ImportReport report;
    std::shared_ptr<const tiles::LayerSnapshot> snapshot;
};

ReadFile read_file(const FileTilesOptions &options, const std::string &layer, bool has_mixed_ids, const TileProgress &progress) {
    tiles::SnapshotDescription description;
    description.layer = layer;
    description.zoom_min = options.zooms.min;
    description.zoom_max = options.zooms.max;
    tiles::LayerSnapshot::Builder builder(std::move(description));
    TileIds ids(has_mixed_ids);
    ReadFile read;
    read.report = importers::read_in_child(
        importers::own_program, options.file, options.reading,
        [&](geo::Feature &&feature, std::uint64_t) {
            ids.give(feature);
            builder.add(feature);
        },
        progress);
    if (read.report.features == 0) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("{}: expected features to draw, found none\n{}", options.file.string(), importers::describe(read.report)));
    }
    read.snapshot = builder.finish();
    return read;
}

ReadFile read_file(const FileTilesOptions &options, const std::string &layer, const TileProgress &progress) {
    try {
        return read_file(options, layer, false, progress);
    } catch (const MixedIds &) {
        return read_file(options, layer, true, progress);
    }
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
    ReadFile read = read_file(options, outcome.layer, progress);
    outcome.report = std::move(read.report);
    const TileSet set = set_of(std::move(read.snapshot), outcome.layer, options.zooms);
    outcome.archive = write_tile_archive(set, archive, {options.zooms, false, options.threads}, existing, progress);
    return outcome;
}

} // namespace keyaki::server
