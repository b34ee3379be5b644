#include "server/flows/tile_files.hpp"

#include "geo/error.hpp"
#include "server/flows/shared_work.hpp"
#include "server/limits.hpp"
#include "server/text_file.hpp"
#include "tiles/gzip.hpp"
#include "tiles/tilejson.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fstream>
#include <optional>
#include <vector>

namespace keyaki::server {

namespace {

namespace fs = std::filesystem;

void write_file(const fs::path &path, std::string_view bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("{} cannot be written: the disk is full or the folder is read-only", path.string()));
    }
}

/// A folder under another name until it is whole; gone with everything in it when it does not become so.
class UnfinishedFolder {
  public:
    explicit UnfinishedFolder(const fs::path &wanted) : m_wanted(wanted), m_path(wanted.string() + ".unfinished") {
        std::error_code error;
        if (fs::exists(m_wanted, error)) {
            throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} is there already: name a folder that does not exist yet", m_wanted.string()));
        }
        fs::remove_all(m_path, error); // of a run that was killed
        if (!fs::create_directories(m_path, error)) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("the folder {} cannot be made: {}", m_path.string(), error.message()));
        }
    }
    ~UnfinishedFolder() {
        std::error_code error;
        fs::remove_all(m_path, error);
    }
    UnfinishedFolder(const UnfinishedFolder &) = delete;
    UnfinishedFolder &operator=(const UnfinishedFolder &) = delete;

    [[nodiscard]] const fs::path &path() const noexcept { return m_path; }
    void finish() const { fs::rename(m_path, m_wanted); }

  private:
    fs::path m_wanted;
    fs::path m_path;
};

std::vector<geo::TileId> tiles_of(const TileSet &set, tiles::ZoomRange zooms) {
    std::vector<geo::TileId> found;
    tiles::walk_tiles(set.layers, zooms, [&](geo::TileId tile) {
        if (!is_in_tile_set(set, tile)) {
            return; // nothing but another tile's edge: the server has no such tile either
        }
        if (found.size() == max_tile_files) {
            throw geo::Error(geo::ErrorKind::too_large, fmt::format("more than {} tiles at zooms {} to {}: ask for fewer zooms or layers",
                                                                    max_tile_files, zooms.min, zooms.max));
        }
        found.push_back(tile);
    });
    return found;
}

/// MBTiles 1.3's metadata rows as one object of texts.
std::string metadata_of(const TileSet &set, const TileFileOptions &options) {
    const auto tilejson = nlohmann::ordered_json::parse(tiles::tilejson(set.layers, {"http://localhost", set.title, {}}));
    nlohmann::ordered_json metadata{{"name", tilejson.value("name", "keyaki")},
                                    {"format", "pbf"},
                                    {"minzoom", fmt::to_string(options.zooms.min)},
                                    {"maxzoom", fmt::to_string(options.zooms.max)},
                                    {"attribution", tilejson.value("attribution", "")}};
    if (tilejson.contains("bounds")) {
        const auto &bounds = tilejson["bounds"];
        metadata["bounds"] = fmt::format("{},{},{},{}", bounds[0].dump(), bounds[1].dump(), bounds[2].dump(), bounds[3].dump());
    }
    metadata["json"] = nlohmann::ordered_json{{"vector_layers", tilejson["vector_layers"]}}.dump();
    return metadata.dump(1);
}

std::optional<std::uint32_t> number_of(const std::string &text) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The address that the last three names of a path give: …/{z}/{x}/{y}.mvt.
std::optional<geo::TileId> address_of(const fs::path &path) {
    const auto z = number_of(path.parent_path().parent_path().filename().string());
    const auto x = number_of(path.parent_path().filename().string());
    const auto y = number_of(path.stem().string());
    if (!z || !x || !y || *z > geo::max_zoom) {
        return std::nullopt;
    }
    const geo::TileId tile{static_cast<std::uint8_t>(*z), *x, *y};
    return geo::is_valid(tile) ? std::optional(tile) : std::nullopt;
}

constexpr int no_zoom = -1; ///< of a file whose path is no address

void verify_file(const fs::path &path, bool is_in_folder, tiles::TileSurvey &survey) {
    const auto address = address_of(path);
    const int zoom = address ? address->z : no_zoom;
    if (is_in_folder && !address) {
        survey.note(no_zoom, {path.string(), {true, "2", "expected the name of a tile, {z}/{x}/{y}.mvt with x and y below 2^z"}});
    }
    try {
        std::string bytes = read_text_file(path, tiles::max_tile_bytes);
        if (bytes.starts_with("\x1f\x8b")) {
            bytes = tiles::gunzip(bytes, tiles::max_tile_bytes);
        }
        survey.survey(bytes, zoom, path.string());
        if (bytes.empty()) {
            survey.note(zoom, {path.string(), {false, "4.1", "the file is empty: a tile holds at least one layer, or is not there"}});
        }
    } catch (const geo::Error &error) {
        survey.note(zoom, {path.string(), {true, "2", error.what()}});
    }
}

std::vector<fs::path> tile_files_of(const fs::path &folder) {
    std::vector<fs::path> files;
    for (const auto &entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && (entry.path().extension() == ".mvt" || entry.path().extension() == ".pbf")) {
            files.push_back(entry.path());
        }
    }
    if (files.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} holds no tiles: expected files {{z}}/{{x}}/{{y}}.mvt", folder.string()));
    }
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

TileSet drawn_set(const TileSet &set, const TileFileOptions &options) {
    TileSet drawn = set;
    if (options.all_layers_at_all_zooms) {
        for (tiles::TileLayer &layer : drawn.layers) {
            tiles::SnapshotDescription description = layer.snapshot->description();
            description.zoom_min = options.zooms.min;
            description.zoom_max = options.zooms.max;
            layer.snapshot = layer.snapshot->with_description(std::move(description));
        }
        drawn.zoom_min = options.zooms.min;
        drawn.zoom_max = options.zooms.max;
    }
    return drawn;
}

TileFolderOutcome write_tile_folder(const TileSet &set, const fs::path &folder, const TileFileOptions &options, const TileProgress &progress) {
    const UnfinishedFolder unfinished(folder);
    const TileSet drawn = drawn_set(set, options);
    const std::vector<geo::TileId> addresses = tiles_of(drawn, options.zooms);
    std::atomic<std::uint64_t> tiles{0};
    std::atomic<std::uint64_t> bytes{0};
    SharedWork(addresses.size(), progress).run(options.threads, [&](unsigned, std::size_t index) {
        const geo::TileId tile = addresses[index];
        const std::string content = tiles::build_tile(drawn.layers, tile);
        if (content.empty()) {
            return;
        }
        const fs::path column = unfinished.path() / fmt::format("{}/{}", tile.z, tile.x);
        fs::create_directories(column);
        write_file(column / fmt::format("{}.mvt", tile.y), content);
        ++tiles;
        bytes += content.size();
    });
    write_file(unfinished.path() / "metadata.json", metadata_of(drawn, options));
    unfinished.finish();
    return {tiles, bytes};
}

tiles::TileSurvey verify_tile_files(const fs::path &path, unsigned threads, const TileProgress &progress) {
    const bool is_folder = fs::is_directory(path);
    const std::vector<fs::path> files = is_folder ? tile_files_of(path) : std::vector<fs::path>{path};
    if (!is_folder && !fs::is_regular_file(path)) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is neither a file nor a folder {}", path.string()));
    }
    std::vector<tiles::TileSurvey> surveys(threads);
    SharedWork(files.size(), progress).run(threads, [&](unsigned thread, std::size_t index) {
        verify_file(files[index], is_folder, surveys[thread]);
    });
    tiles::TileSurvey whole;
    for (const tiles::TileSurvey &survey : surveys) {
        whole.add(survey);
    }
    return whole;
}

} // namespace keyaki::server
