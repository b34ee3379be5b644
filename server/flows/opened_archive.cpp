#include "server/flows/opened_archive.hpp"

#include "data/mbtiles_reader.hpp"
#include "geo/error.hpp"
#include "server/flows/archive_file.hpp"
#include "tiles/archive_tilejson.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace keyaki::server {

namespace {

[[noreturn]] void refuse(const std::filesystem::path &path, const std::string &what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", path.string(), what));
}

/// Tiles that are unpacked when an archive is opened, at least, where it has so many; twice as many at most: what was copied by halves or made by a
/// program in trouble mostly shows there.
constexpr std::size_t tiles_tried = 8;

void try_tile(const std::filesystem::path &path, geo::TileId tile, std::string_view bytes) {
    try {
        (void)tiles::gunzip(bytes, tiles::max_tile_bytes);
    } catch (const geo::Error &error) {
        refuse(path, fmt::format("tile {}/{}/{}: {}", tile.z, tile.x, tile.y, error.what()));
    }
}

class OpenedPmtiles final : public OpenedArchive {
  public:
    explicit OpenedPmtiles(const std::filesystem::path &path) : OpenedPmtiles(path, std::make_shared<const tiles::MappedFile>(path)) {}

    [[nodiscard]] std::optional<std::string> find(geo::TileId tile) const override { return m_reader.find(tile); }
    void for_each_tile(const std::function<void(geo::TileId, std::string_view)> &visit) const override {
        m_reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
            const std::string bytes = m_reader.read(entry);
            for (std::uint64_t number = 0; number < entry.run_length; ++number) {
                visit(*geo::tile_of_hilbert_id(entry.id + number), bytes);
            }
        });
    }

  private:
    OpenedPmtiles(const std::filesystem::path &path, const std::shared_ptr<const tiles::MappedFile> &file) : m_reader(file) {
        const tiles::PmtilesHeader &header = m_reader.header();
        if (header.tile_type != tiles::PmtilesTileType::mvt) {
            refuse(path, fmt::format("expected vector tiles (MVT), found {}", name_of(header.tile_type)));
        }
        is_gzipped = header.tile_compression == tiles::PmtilesCompression::gzip;
        if (!is_gzipped && header.tile_compression != tiles::PmtilesCompression::none) {
            refuse(path, fmt::format("expected tiles that are gzipped or plain, found {}", name_of(header.tile_compression)));
        }
        version = file->version();
        zoom_min = header.zoom_min;
        zoom_max = header.zoom_max;
        if (auto said = tiles::parse_archive_metadata(m_reader.metadata())) {
            description = *std::move(said);
        }
        description.bounds = header.bounds;
        look_through(path);
    }

    /// All directories, and of the tiles some from all over it, of which each `stride`-th is kept while nobody knows how many will come.
    void look_through(const std::filesystem::path &path) const {
        std::vector<tiles::PmtilesEntry> tried;
        std::uint64_t stride = 1;
        std::uint64_t seen = 0;
        m_reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
            if (seen++ % stride != 0) {
                return;
            }
            tried.push_back(entry);
            if (tried.size() == 2 * tiles_tried) {
                for (std::size_t kept = 0; kept < tiles_tried; ++kept) {
                    tried[kept] = tried[2 * kept];
                }
                tried.resize(tiles_tried);
                stride *= 2;
            }
        });
        for (const tiles::PmtilesEntry &entry : tried) {
            const std::string bytes = m_reader.read(entry);
            if (is_gzipped) {
                try_tile(path, *geo::tile_of_hilbert_id(entry.id), bytes);
            }
        }
    }

    tiles::PmtilesReader m_reader;
};

/// A whole number of an MBTiles' metadata.
int zoom_in(const std::filesystem::path &path, const data::MbtilesReader &reader, std::string_view name) {
    const std::string_view text = reader.value_of(name);
    int zoom = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), zoom);
    if (error != std::errc() || end != text.data() + text.size() || zoom < 0 || zoom > geo::max_zoom) {
        refuse(path, fmt::format("expected a row \"{}\" with a zoom of 0 to {}, found \"{}\"", name, geo::max_zoom, text));
    }
    return zoom;
}

/// "west,south,east,north"; the world where the row is not there.
geo::LonLatBox bounds_in(const std::filesystem::path &path, const data::MbtilesReader &reader) {
    const std::string_view text = reader.value_of("bounds");
    if (text.empty()) {
        return tiles::drawn_bounds({});
    }
    std::vector<double> numbers;
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::size_t first = std::min(text.find_first_not_of(' ', begin), end);
        double number = 0;
        const auto [stop, error] = std::from_chars(text.data() + first, text.data() + end, number);
        if (error != std::errc() || stop != text.data() + end) {
            break;
        }
        numbers.push_back(number);
        begin = end + 1;
    }
    if (numbers.size() != 4 || begin <= text.size()) {
        refuse(path, fmt::format("expected bounds as west,south,east,north in degrees, found \"{}\"", text));
    }
    const geo::LonLatBox box{numbers[0], numbers[1], numbers[2], numbers[3]};
    if (box.empty() || !geo::is_on_earth({box.west_deg, box.south_deg}) || !geo::is_on_earth({box.east_deg, box.north_deg})) {
        refuse(path, fmt::format("expected bounds on earth, west before east and south before north, found \"{}\"", text));
    }
    return box;
}

class OpenedMbtiles final : public OpenedArchive {
  public:
    explicit OpenedMbtiles(const std::filesystem::path &path) : m_version(tiles::version_of(path)), m_reader(path) {
        if (const std::string_view format = m_reader.value_of("format"); format != "pbf" && format != "mvt") {
            refuse(path, fmt::format("expected vector tiles, format pbf, found \"{}\"", format));
        }
        if (auto said = tiles::parse_archive_metadata(m_reader.value_of("json"))) {
            description = *std::move(said);
        }
        description.name = m_reader.value_of("name");
        description.description = m_reader.value_of("description");
        description.attribution = m_reader.value_of("attribution");
        description.bounds = bounds_in(path, m_reader);
        zoom_min = zoom_in(path, m_reader, "minzoom");
        zoom_max = zoom_in(path, m_reader, "maxzoom");
        if (zoom_min > zoom_max) {
            refuse(path, fmt::format("expected minzoom at or below maxzoom, found {} and {}", zoom_min, zoom_max));
        }
        version = m_version;
        m_reader.for_each_tile([&](geo::TileId tile, std::string_view bytes) { try_tile(path, tile, bytes); }, tiles_tried);
    }

    [[nodiscard]] std::optional<std::string> find(geo::TileId tile) const override { return m_reader.find(tile); }
    void for_each_tile(const std::function<void(geo::TileId, std::string_view)> &visit) const override { m_reader.for_each_tile(visit); }

  private:
    tiles::FileVersion m_version; ///< before the file is opened: where another one came between, the next look finds it
    data::MbtilesReader m_reader;
};

} // namespace

bool OpenedArchive::holds(geo::TileId tile) const {
    return geo::is_valid(tile) && tile.z >= zoom_min && tile.z <= zoom_max && description.bounds.intersects(geo::bounds(tile));
}

std::shared_ptr<const OpenedArchive> open_archive(const std::filesystem::path &path) {
    if (archive_format_of(path) == ArchiveFormat::pmtiles) {
        return std::make_shared<const OpenedPmtiles>(path);
    }
    return std::make_shared<const OpenedMbtiles>(path);
}

std::string attribution_of(const OpenedArchive &archive, const ArchiveSettings &settings) {
    return settings.attribution.empty() ? tiles::safe_attribution(archive.description.attribution) : tiles::html_escaped(settings.attribution);
}

} // namespace keyaki::server
