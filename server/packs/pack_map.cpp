#include "server/packs/pack_map.hpp"

#include "geo/error.hpp"
#include "geo/hilbert.hpp"
#include "server/base64.hpp"
#include "server/bytes.hpp"
#include "server/flows/archive_file.hpp"
#include "server/flows/tile_production.hpp"
#include "server/packs/limits.hpp"
#include "tiles/archive_tilejson.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_reader.hpp"
#include "tiles/tile_builder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace keyaki::server::packs {

namespace {

using Json = nlohmann::ordered_json;
using Names = std::set<std::string, std::less<>>;

/// The tiles of a zoom that the area touches.
struct TileBox {
    geo::TileId first; ///< in the north-west
    geo::TileId last;

    [[nodiscard]] std::uint64_t count() const noexcept { return (std::uint64_t{last.x} - first.x + 1) * (std::uint64_t{last.y} - first.y + 1); }
};

TileBox tiles_at(const geo::LonLatBox &area, int zoom) {
    const auto z = static_cast<std::uint8_t>(zoom);
    return {geo::tile_at({area.west_deg, area.north_deg}, z), geo::tile_at({area.east_deg, area.south_deg}, z)};
}

/// The Hilbert numbers of all tiles of the area, ascending.
std::vector<std::uint64_t> tiles_in_order(const PackContent &content) {
    std::vector<std::uint64_t> ids;
    for (int zoom = 0; zoom <= content.zoom_max; ++zoom) {
        const TileBox box = tiles_at(content.area, zoom);
        for (std::uint32_t x = box.first.x; x <= box.last.x; ++x) {
            for (std::uint32_t y = box.first.y; y <= box.last.y; ++y) {
                ids.push_back(geo::hilbert_id({box.first.z, x, y}));
            }
        }
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

Json layers_of(const std::string &vector_layers) {
    Json layers = Json::parse(vector_layers, nullptr, false);
    return layers.is_array() ? layers : Json::array();
}

/// Names and fields of all layers that may be in a tile, each once.
std::string vector_layers_of(const PackContent &content, const std::string &city_layers) {
    Json all = layers_of(city_layers);
    Names names;
    for (const Json &layer : all) {
        names.insert(layer.at("id").get<std::string>());
    }
    for (const PackBase &base : content.bases) {
        for (const Json &layer : layers_of(base.archive->description.vector_layers)) {
            if (layer.is_object() && layer.contains("id") && layer["id"].is_string() && names.insert(layer["id"].get<std::string>()).second) {
                all.push_back(layer);
            }
        }
    }
    return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

tiles::ArchiveDescription described(const PackContent &content) {
    tiles::ArchiveDescription description = tiles::describe_archive(content.set.layers, content.city.ja);
    description.description = content.city.en;
    description.attribution = attribution_of(content);
    description.is_base_layer = !content.bases.empty();
    description.bounds = content.area;
    description.vector_layers = vector_layers_of(content, description.vector_layers);
    return description;
}

/// What names a layer first keeps it: the city's are there before any base map's, also in tiles where they have nothing.
class TileMerger {
  public:
    explicit TileMerger(const PackContent &content) : m_content(content) {
        for (const tiles::TileLayer &layer : content.set.layers) {
            m_city.insert(layer.name);
        }
    }

    [[nodiscard]] std::string merged(geo::TileId tile) const {
        std::string whole;
        Names names = m_city;
        for (const PackBase &base : m_content.bases) {
            if (const auto stored = base.archive->holds(tile) ? base.archive->find(tile) : std::nullopt; stored && !stored->empty()) {
                tiles::append_layers(whole, base.archive->is_gzipped ? tiles::gunzip(*stored, tiles::max_tile_bytes) : *stored, names);
            }
        }
        return whole + tiles::build_tile(m_content.set.layers, tile);
    }

  private:
    const PackContent &m_content;
    Names m_city;
};

geo::TileId group_of(geo::TileId tile) {
    for (int up = 0; up < zooms_of_a_group && tile.z > 0; ++up) {
        tile = tile.parent();
    }
    return tile;
}

/// Tiles of one zoom below one tile follow one another along Hilbert's curve.
class GroupWriter {
  public:
    explicit GroupWriter(const std::function<void(const std::string &, const std::string &)> &see) : m_see(see) {}

    void add(geo::TileId tile, std::string_view gzipped) {
        const std::pair<int, geo::TileId> group{tile.z, group_of(tile)};
        if (m_group != group) {
            finish();
            m_group = group;
        }
        m_script += fmt::format("{}\"{}/{}/{}\":\"{}\"", m_script.empty() ? "keyakiPack.tiles({" : ",\n", tile.z, tile.x, tile.y,
                                to_base64({bytes_of(gzipped), gzipped.size()}));
    }
    void finish() {
        if (!m_script.empty()) {
            m_see(fmt::format("{}-{}-{}", m_group->first, m_group->second.x, m_group->second.y), m_script + "});\n");
            m_script.clear();
        }
    }

  private:
    const std::function<void(const std::string &, const std::string &)> &m_see;
    std::optional<std::pair<int, geo::TileId>> m_group;
    std::string m_script;
};

/// Every tile of an archive of ours, in its order.
void for_each_tile(const tiles::PmtilesReader &reader, const std::function<void(geo::TileId, std::string_view)> &see) {
    reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
        const std::string bytes = reader.read(entry);
        for (std::uint32_t run = 0; run < entry.run_length; ++run) {
            see(*geo::tile_of_hilbert_id(entry.id + run), bytes);
        }
    });
}

void add_once(std::vector<std::string> &texts, std::string text) {
    if (!text.empty() && std::find(texts.begin(), texts.end(), text) == texts.end()) {
        texts.push_back(std::move(text));
    }
}

/// Of HTML as tiles::safe_attribution() leaves it: links, and texts whose characters that could begin something are escaped.
std::string without_tags(std::string_view html) {
    constexpr std::array<std::pair<std::string_view, char>, 5> escapes{
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
    std::string text;
    while (!html.empty()) {
        const auto escape = std::find_if(escapes.begin(), escapes.end(), [&](const auto &one) { return html.starts_with(one.first); });
        if (html.front() == '<') {
            html.remove_prefix(std::min(html.find('>'), html.size() - 1) + 1);
        } else if (escape != escapes.end()) {
            text += escape->second;
            html.remove_prefix(escape->first.size());
        } else {
            text += html.front();
            html.remove_prefix(1);
        }
    }
    return text;
}

} // namespace

void require_few_tiles(const PackContent &content) {
    std::uint64_t count = 0;
    for (int zoom = 0; zoom <= content.zoom_max; ++zoom) {
        count += tiles_at(content.area, zoom).count();
    }
    if (count > max_tiles) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("the area of the pack, {:.4f},{:.4f},{:.4f},{:.4f}, has {} tiles at zooms 0 to {}, more than {}: choose other "
                                     "layers or a smaller area (--bbox)",
                                     content.area.west_deg, content.area.south_deg, content.area.east_deg, content.area.north_deg, count,
                                     content.zoom_max, max_tiles));
    }
}

std::vector<std::string> attribution_texts(const PackContent &content) {
    std::vector<std::string> texts;
    for (const PackBase &base : content.bases) {
        add_once(texts, without_tags(base.attribution));
    }
    for (const ServedLayer &served : content.layers) {
        add_once(texts, served.layer.spec.attribution);
    }
    return texts;
}

std::string attribution_of(const PackContent &content) {
    std::vector<std::string> texts;
    for (const PackBase &base : content.bases) {
        add_once(texts, base.attribution);
    }
    for (const ServedLayer &served : content.layers) {
        add_once(texts, tiles::html_escaped(served.layer.spec.attribution));
    }
    std::string all;
    for (const std::string &text : texts) {
        all += (all.empty() ? "" : ", ") + text;
    }
    return all;
}

PackMap write_map(const PackContent &content, const std::filesystem::path &pmtiles, unsigned threads, const TileProgress &progress) {
    ArchiveFile archive(pmtiles, described(content), ArchiveFile::Existing::refuse);
    const std::vector<std::uint64_t> ids = tiles_in_order(content);
    const TileMerger merger(content);
    std::vector<tiles::LetterRanges> letters(threads);
    const auto address = [&](std::size_t index) { return *geo::tile_of_hilbert_id(ids[index]); };
    const auto draw = [&](unsigned thread, std::size_t index) {
        std::string tile = merger.merged(address(index));
        tiles::add_letters(letters.at(thread), tile);
        return tile;
    };
    fill_archive(archive, {ids.size(), address, draw}, threads, progress);
    PackMap map;
    map.archive = archive.finish();
    for (const tiles::LetterRanges &some : letters) {
        map.letters.add(some);
    }
    return map;
}

void copy_to_mbtiles(const PackContent &content, const std::filesystem::path &pmtiles, const std::filesystem::path &mbtiles,
                     const TileProgress &progress) {
    const tiles::PmtilesReader reader(pmtiles);
    ArchiveFile archive(mbtiles, described(content), ArchiveFile::Existing::refuse);
    std::uint64_t done = 0;
    for_each_tile(reader, [&](geo::TileId tile, std::string_view bytes) {
        archive.add(tile, bytes);
        progress(++done, reader.header().addressed_tiles, "tiles");
    });
    (void)archive.finish();
}

void for_each_group(const std::filesystem::path &pmtiles, const std::function<void(const std::string &, const std::string &)> &see) {
    const tiles::PmtilesReader reader(pmtiles);
    GroupWriter groups(see);
    for_each_tile(reader, [&](geo::TileId tile, std::string_view bytes) { groups.add(tile, bytes); });
    groups.finish();
}

} // namespace keyaki::server::packs
