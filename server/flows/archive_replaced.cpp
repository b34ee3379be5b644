#include "server/flows/archive_replaced.hpp"

#include "geo/error.hpp"
#include "server/limits.hpp"
#include "tiles/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

namespace keyaki::server {

namespace {

/// The archives, or what differs between them, are more than one looks through.
struct TooMany {};

/// Counts tiles and bytes that are looked at.
class Budget {
  public:
    void take(std::string_view bytes) {
        m_bytes += bytes.size();
        if (++m_tiles > max_compared_archive_tiles || m_bytes > max_compared_archive_bytes) {
            throw TooMany();
        }
    }

  private:
    std::size_t m_tiles = 0;
    std::size_t m_bytes = 0;
};

std::set<geo::TileId> differing(const OpenedArchive &before, const OpenedArchive &after) {
    Budget budget;
    std::unordered_map<geo::TileId, tiles::Fingerprint> known;
    before.for_each_tile([&](geo::TileId tile, std::string_view bytes) {
        budget.take(bytes);
        known.emplace(tile, tiles::fingerprint_of(bytes));
    });
    std::set<geo::TileId> tiles;
    after.for_each_tile([&](geo::TileId tile, std::string_view bytes) {
        budget.take(bytes);
        const auto found = known.find(tile);
        if (found == known.end() || found->second != tiles::fingerprint_of(bytes)) {
            tiles.insert(tile);
        }
        if (found != known.end()) {
            known.erase(found);
        }
    });
    for (const auto &[tile, fingerprint] : known) {
        tiles.insert(tile);
    }
    if (tiles.size() > max_told_archive_tiles) {
        throw TooMany();
    }
    return tiles;
}

std::string list_of(const std::set<geo::TileId> &tiles) {
    std::map<int, std::string> by_zoom;
    for (const geo::TileId tile : tiles) {
        std::string &list = by_zoom[tile.z];
        list += fmt::format("{}[{},{}]", list.empty() ? "" : ",", tile.x, tile.y);
    }
    std::string json;
    for (const auto &[zoom, list] : by_zoom) {
        json += fmt::format(R"({}{{"zoom":{},"tiles":[{}]}})", json.empty() ? "" : ",", zoom, list);
    }
    return json;
}

/// Every zoom that either has.
std::string all_of(const ArchiveReplacement &replacement, std::string_view reason) {
    const OpenedArchive &after = *replacement.after;
    const OpenedArchive &before = replacement.before ? *replacement.before : after;
    std::string json;
    for (int zoom = std::min(before.zoom_min, after.zoom_min); zoom <= std::max(before.zoom_max, after.zoom_max); ++zoom) {
        json += fmt::format(R"({}{{"zoom":{},"tiles":"all","reason":"{}"}})", json.empty() ? "" : ",", zoom, reason);
    }
    return json;
}

std::string changes(const ArchiveReplacement &replacement) {
    if (!replacement.before) {
        return all_of(replacement, "new");
    }
    try {
        return list_of(differing(*replacement.before, *replacement.after));
    } catch (const TooMany &) {
        return all_of(replacement, "too-many-tiles");
    } catch (const geo::Error &) { // one of them cannot be read through, which whoever asks for that tile hears
        return all_of(replacement, "unreadable");
    }
}

} // namespace

std::string version_text(const OpenedArchive &archive) { return fmt::format("{}-{}", archive.version.modified_ns, archive.version.size_bytes); }

std::string archive_replaced_json(const ArchiveReplacement &replacement) {
    return fmt::format(R"({{"archive":"{}","version":"{}","tiles":[{}]}})", replacement.archive, version_text(*replacement.after),
                       changes(replacement));
}

} // namespace keyaki::server
