#include "data/mbtiles_reader.hpp"

#include "data/limits.hpp"
#include "geo/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace keyaki::data {

namespace {

[[noreturn]] void refuse(const std::filesystem::path &file, const std::string &what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", file.string(), what));
}

/// Whoever writes the file has not finished: what is in it without the journal may be torn.
const std::filesystem::path &without_journal(const std::filesystem::path &file) {
    for (const char *suffix : {"-journal", "-wal"}) {
        std::error_code none;
        if (std::filesystem::file_size(file.string() + suffix, none) > 0 && !none) {
            throw geo::Error(geo::ErrorKind::unavailable,
                             fmt::format("{}: expected a finished archive, found {}{} beside it", file.string(), file.filename().string(), suffix));
        }
    }
    return file;
}

/// Of a row with zoom, column, and row from the south.
std::optional<geo::TileId> tile_of(const TileStatement &row) {
    if (!row.is_integer(0) || !row.is_integer(1) || !row.is_integer(2)) {
        return std::nullopt;
    }
    const std::int64_t z = row.column_int64(0);
    if (z < 0 || z > geo::max_zoom) {
        return std::nullopt;
    }
    const std::int64_t side = std::int64_t{1} << z;
    const std::int64_t column = row.column_int64(1);
    const std::int64_t from_south = row.column_int64(2);
    if (column < 0 || column >= side || from_south < 0 || from_south >= side) {
        return std::nullopt;
    }
    return geo::TileId{static_cast<std::uint8_t>(z), static_cast<std::uint32_t>(column), static_cast<std::uint32_t>(side - 1 - from_south)};
}

} // namespace

/// The file as it was when it was opened; SQLite looks only once.
class MbtilesReader::WatchedFile {
  public:
    explicit WatchedFile(const std::filesystem::path &file) : m_file(file), m_descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        if (m_descriptor < 0) {
            throw geo::Error(errno == ENOENT || errno == ENOTDIR ? geo::ErrorKind::not_found : geo::ErrorKind::unavailable,
                             fmt::format("cannot open {}: {}", file.string(), std::strerror(errno)));
        }
        m_opened = status();
    }
    ~WatchedFile() { ::close(m_descriptor); }
    WatchedFile(const WatchedFile &) = delete;
    WatchedFile &operator=(const WatchedFile &) = delete;

    void require_unchanged() const {
        const struct stat now = status();
        if (now.st_size != m_opened.st_size || now.st_mtim.tv_sec != m_opened.st_mtim.tv_sec || now.st_mtim.tv_nsec != m_opened.st_mtim.tv_nsec) {
            throw geo::Error(geo::ErrorKind::unavailable,
                             fmt::format("{} was changed while it was open: replace it by renaming a whole file over it", m_file.string()));
        }
    }
    [[nodiscard]] std::uint64_t size_bytes() const noexcept { return static_cast<std::uint64_t>(m_opened.st_size); }

  private:
    [[nodiscard]] struct stat status() const {
        struct stat found = {};
        if (::fstat(m_descriptor, &found) != 0) {
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot look at {}: {}", m_file.string(), std::strerror(errno)));
        }
        return found;
    }

    std::filesystem::path m_file;
    int m_descriptor;
    struct stat m_opened = {};
};

const MbtilesReader::Layout MbtilesReader::layouts[] = {
    {"SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3",
     "SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles", "SELECT count(*) FROM tiles"},
    {"SELECT images.tile_data FROM map JOIN images ON images.tile_id = map.tile_id WHERE map.zoom_level = ?1 AND map.tile_column = ?2 AND "
     "map.tile_row = ?3",
     "SELECT map.zoom_level, map.tile_column, map.tile_row, images.tile_data FROM map JOIN images ON images.tile_id = map.tile_id",
     "SELECT count(*) FROM map"},
    {"SELECT images.tile_data FROM map JOIN images ON images.tile_id = map.tile_id AND images.zoom_level = map.zoom_level WHERE map.zoom_level = ?1 "
     "AND map.tile_column = ?2 AND map.tile_row = ?3",
     "SELECT map.zoom_level, map.tile_column, map.tile_row, images.tile_data FROM map JOIN images ON images.tile_id = map.tile_id AND "
     "images.zoom_level = map.zoom_level",
     "SELECT count(*) FROM map"},
    {"SELECT tiles_data.tile_data FROM tiles_shallow JOIN tiles_data ON tiles_data.tile_data_id = tiles_shallow.tile_data_id WHERE "
     "tiles_shallow.zoom_level = ?1 AND tiles_shallow.tile_column = ?2 AND tiles_shallow.tile_row = ?3",
     "SELECT tiles_shallow.zoom_level, tiles_shallow.tile_column, tiles_shallow.tile_row, tiles_data.tile_data FROM tiles_shallow JOIN tiles_data ON "
     "tiles_data.tile_data_id = tiles_shallow.tile_data_id",
     "SELECT count(*) FROM tiles_shallow"},
};

MbtilesReader::MbtilesReader(const std::filesystem::path &file)
    : m_watched(std::make_unique<const WatchedFile>(without_journal(file))), m_database(file, TileDatabase::Use::read_untrusted),
      m_layout(&layout_of_file()), m_find(m_database.prepare(m_layout->find)) {
    read_metadata();
    if (m_database.has_moved()) {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("{} was replaced while it was opened: try again", file.string()));
    }
    m_watched->require_unchanged();
}

MbtilesReader::~MbtilesReader() = default;

const MbtilesReader::Layout &MbtilesReader::layout_of_file() {
    // Virtual tables have no root page: their content would come from a program.
    TileStatement tables =
        m_database.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage = 0 AND lower(name) IN ('metadata', "
                           "'tiles', 'map', 'images', 'tiles_shallow', 'tiles_data')");
    if (tables.step() && tables.column_int64(0) > 0) {
        refuse(m_database.file(), "expected plain tables, found a virtual one");
    }
    const auto *found =
        std::find_if(std::begin(layouts), std::end(layouts), [&](const Layout &layout) { return m_database.finds_by_index(layout.find); });
    if (found == std::end(layouts)) {
        refuse(m_database.file(),
               "expected an MBTiles archive with a table tiles (zoom_level, tile_column, tile_row, tile_data) and an index over the "
               "first three, or with the tables map and images or tiles_shallow and tiles_data and their indexes, found none of them");
    }
    return *found;
}

void MbtilesReader::read_metadata() {
    TileStatement rows = m_database.prepare("SELECT name, value FROM metadata");
    std::size_t bytes = 0;
    while (rows.step()) {
        m_metadata.emplace_back(rows.column_bytes(0), rows.column_bytes(1));
        bytes += m_metadata.back().first.size() + m_metadata.back().second.size();
        if (m_metadata.size() > mbtiles_metadata_rows_max || bytes > mbtiles_metadata_bytes_max) {
            refuse(m_database.file(), fmt::format("expected at most {} rows and {} bytes of metadata, found more", mbtiles_metadata_rows_max,
                                                  mbtiles_metadata_bytes_max));
        }
    }
}

std::string_view MbtilesReader::value_of(std::string_view name) const noexcept {
    const auto found = std::find_if(m_metadata.begin(), m_metadata.end(), [&](const auto &row) { return row.first == name; });
    return found == m_metadata.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string> MbtilesReader::find(geo::TileId tile) const {
    std::optional<std::string> found;
    {
        const std::lock_guard lock(m_mutex);
        const std::int64_t row = (std::int64_t{1} << tile.z) - 1 - tile.y;
        m_find.reset(); // also after an error
        m_find.bind_int64(1, tile.z).bind_int64(2, tile.x).bind_int64(3, row);
        if (m_find.step()) {
            if (!m_find.is_blob(0)) {
                refuse(m_database.file(), fmt::format("expected tile {}/{}/{} to be a blob, found another type", tile.z, tile.x, tile.y));
            }
            found.emplace(m_find.column_bytes(0));
        }
        m_find.reset();
    }
    m_watched->require_unchanged();
    return found;
}

void MbtilesReader::for_each_tile(const std::function<void(geo::TileId, std::string_view)> &see, std::uint64_t most) const {
    const std::lock_guard lock(m_mutex);
    TileStatement all = m_database.prepare(m_layout->all);
    for (std::uint64_t rows = 1; rows <= most && all.step(); ++rows) {
        const auto tile = tile_of(all);
        if (!tile || !all.is_blob(3)) {
            refuse(m_database.file(), fmt::format("row {}: expected zoom, column and row of a tile and a blob, found {}, {}, {} or another type",
                                                  rows, all.column_int64(0), all.column_int64(1), all.column_int64(2)));
        }
        if (rows > m_watched->size_bytes()) {
            refuse(m_database.file(), "expected a table, found more rows than the file has bytes");
        }
        see(*tile, all.column_bytes(3));
    }
    m_watched->require_unchanged();
}

std::uint64_t MbtilesReader::tile_count() const {
    const std::lock_guard lock(m_mutex);
    TileStatement count = m_database.prepare(m_layout->count);
    return count.step() ? static_cast<std::uint64_t>(count.column_int64(0)) : 0;
}

} // namespace keyaki::data
