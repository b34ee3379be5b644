#include "tiles/mvt_commands.hpp"

#include "tiles/byte_coding.hpp"

namespace keyaki::tiles {

void read_own_commands(std::string_view geometry, MvtGeometryType type, TilePaths &paths) {
    constexpr std::uint64_t move_to = 1;
    constexpr std::uint64_t close_path = 7;
    ByteReader reader(geometry);
    TilePoint cursor;
    const std::size_t first = paths.points.size();
    while (!reader.at_end()) {
        const std::uint64_t command = reader.number();
        if ((command & 7U) == close_path) {
            continue;
        }
        const bool begins_path = (command & 7U) == move_to && type != MvtGeometryType::point;
        if (begins_path && paths.points.size() > first && (paths.size() == 0 || paths.ends.back() < paths.points.size())) {
            paths.end_path();
        }
        for (std::uint64_t count = command >> 3U; count > 0; --count) {
            cursor.x += static_cast<std::int32_t>(reader.signed_number());
            cursor.y += static_cast<std::int32_t>(reader.signed_number());
            paths.points.push_back(cursor);
        }
    }
    paths.end_path();
}

} // namespace keyaki::tiles
