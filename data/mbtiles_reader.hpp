#pragma once

#include "data/tile_database.hpp"
#include "geo/tile_id.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::data {

/// An MBTiles archive by whoever wrote it. Its tiles are in a table `tiles`, or in the two tables that the writers with a view of that name have; a
/// view is never asked. Any thread; one reads at a time.
///
/// Errors of every function, with the file's name: invalid_input for what is no MBTiles archive or is damaged, unavailable where it was changed in
/// its place since it was opened or cannot be read.
class MbtilesReader {
  public:
    /// Error also not_found; unavailable also for a journal or log beside the file, which somebody still writes then; invalid_input also where tiles
    /// would have to be searched row by row.
    explicit MbtilesReader(const std::filesystem::path &file);
    ~MbtilesReader();
    MbtilesReader(const MbtilesReader &) = delete;
    MbtilesReader &operator=(const MbtilesReader &) = delete;

    /// Name and value, in the order of the table. A value that is no text is given as one.
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>> &metadata() const noexcept { return m_metadata; }
    /// The value of a name; "" where there is none.
    [[nodiscard]] std::string_view value_of(std::string_view name) const noexcept;

    /// The tile's bytes as they are stored; nothing where there is no such tile. \pre geo::is_valid(tile)
    [[nodiscard]] std::optional<std::string> find(geo::TileId tile) const;
    /// Every tile, in the table's order, or the first `most` of them. Error invalid_input for a row that is no tile of the pyramid, and for more rows
    /// than the file's bytes can hold. What `see` throws ends it.
    void for_each_tile(const std::function<void(geo::TileId, std::string_view)> &see, std::uint64_t most = UINT64_MAX) const;
    [[nodiscard]] std::uint64_t tile_count() const; ///< counts the rows

  private:
    class WatchedFile;
    /// How one kind of writer stores its tiles.
    struct Layout {
        std::string_view find;
        std::string_view all;
        std::string_view count;
    };
    static const Layout layouts[];

    [[nodiscard]] const Layout &layout_of_file();
    void read_metadata();

    std::unique_ptr<const WatchedFile> m_watched;
    mutable std::mutex m_mutex; ///< guards everything of SQLite
    mutable TileDatabase m_database;
    const Layout *m_layout;
    mutable TileStatement m_find;
    std::vector<std::pair<std::string, std::string>> m_metadata;
};

} // namespace keyaki::data
