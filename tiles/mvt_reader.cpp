#include "tiles/mvt_reader.hpp"

#include "geo/utf8.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt_geometry_reader.hpp"

#include <algorithm>
#include <cassert>
#include <protozero/pbf_reader.hpp>
#include <set>
#include <unordered_set>

namespace keyaki::tiles {

namespace {

using protozero::pbf_wire_type;

/// What ends the reading of a tile: bytes that are no protocol buffer of the schema.
struct Unreadable {
    std::string clause;
    std::string sentence;
};

void require(bool holds, const std::string &clause, const std::string &sentence) {
    if (!holds) {
        throw Unreadable{clause, sentence};
    }
}

void require_wire_type(const protozero::pbf_reader &reader, pbf_wire_type wanted, const std::string &what) {
    require(reader.wire_type() == wanted, "2",
            what + " is encoded with wire type " + std::to_string(static_cast<int>(reader.wire_type())) + ", expected " +
                std::to_string(static_cast<int>(wanted)));
}

std::string_view view_of(protozero::pbf_reader &reader, const std::string &what) {
    require_wire_type(reader, pbf_wire_type::length_delimited, what);
    const auto view = reader.get_view();
    return {view.data(), view.size()};
}

/// A string of protocol buffers is UTF-8 (their encoding's specification; the clause is the one that makes it a string).
std::string_view text_of(protozero::pbf_reader &reader, const std::string &what) {
    const std::string_view text = view_of(reader, what);
    require(geo::is_utf8(text), "4.1", what + " is not UTF-8");
    return text;
}

std::uint32_t number_of(protozero::pbf_reader &reader, const std::string &what) {
    require_wire_type(reader, pbf_wire_type::varint, what);
    return reader.get_uint32();
}

protozero::pbf_reader message(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// 4.1 and vector_tile.proto, message Value: exactly one field.
geo::Value read_value(std::string_view bytes, const std::string &place) {
    auto reader = message(bytes);
    std::optional<geo::Value> value;
    while (reader.next()) {
        require(!value, "4.1", place + " has a value with more than one field, expected exactly one");
        const std::string what = place + ": field " + std::to_string(reader.tag()) + " of a value";
        switch (reader.tag()) {
        case 1: value = std::string(text_of(reader, what)); break;
        case 2:
            require_wire_type(reader, pbf_wire_type::fixed32, what);
            value = static_cast<double>(reader.get_float());
            break;
        case 3:
            require_wire_type(reader, pbf_wire_type::fixed64, what);
            value = reader.get_double();
            break;
        case 4:
            require_wire_type(reader, pbf_wire_type::varint, what);
            value = reader.get_int64();
            break;
        case 5:
            require_wire_type(reader, pbf_wire_type::varint, what);
            value = static_cast<std::int64_t>(reader.get_uint64());
            break;
        case 6:
            require_wire_type(reader, pbf_wire_type::varint, what);
            value = reader.get_sint64();
            break;
        case 7:
            require_wire_type(reader, pbf_wire_type::varint, what);
            value = reader.get_bool();
            break;
        default: throw Unreadable{"4.1", what + " is not one of the seven kinds of values"};
        }
    }
    require(value.has_value(), "4.1", place + " has a value without a field, expected exactly one");
    return *value;
}

std::vector<std::uint32_t> read_numbers(protozero::pbf_reader &reader, const std::string &what) {
    require_wire_type(reader, pbf_wire_type::length_delimited, what);
    const auto packed = reader.get_packed_uint32();
    return {packed.begin(), packed.end()};
}

class LayerReader {
  public:
    LayerReader(MvtTile &tile, std::size_t number) : m_tile(tile), m_place("layer " + std::to_string(number)) {}

    void read(std::string_view bytes) {
        std::vector<std::string_view> features; // read last: they refer to the version, keys and values
        bool has_name = false;
        bool has_extent = false;
        for (auto reader = message(bytes); reader.next();) {
            switch (reader.tag()) {
            case 1:
                m_layer.name = text_of(reader, m_place + "'s name");
                has_name = true;
                break;
            case 2: features.push_back(view_of(reader, m_place + "'s feature")); break;
            case 3: m_layer.keys.emplace_back(text_of(reader, m_place + "'s key")); break;
            case 4: read_one_value(view_of(reader, m_place + "'s value")); break;
            case 5:
                m_layer.extent = number_of(reader, m_place + "'s extent");
                has_extent = true;
                break;
            case 15: m_layer.version = number_of(reader, m_place + "'s version"); break;
            default: reader.skip();
            }
        }
        require(m_layer.version == 1 || m_layer.version == 2, "4.1",
                m_place + " has version " + std::to_string(m_layer.version) + ", expected 1 or 2");
        require(has_name && !m_layer.name.empty(), "4.1", m_place + " has no name");
        m_place += " (" + m_layer.name + ")";
        should(has_extent, "4.1", "has no extent");
        should(!features.empty(), "4.1", "has no feature");
        must(m_layer.extent > 0, "4.1", "has an extent of 0");
        check_names();
        for (const std::string_view feature : features) {
            read_feature(feature);
        }
        m_tile.layers.push_back(std::move(m_layer));
    }

  private:
    void must(bool holds, const std::string &clause, const std::string &sentence) { note(holds, true, clause, sentence); }
    void should(bool holds, const std::string &clause, const std::string &sentence) { note(holds, false, clause, sentence); }
    void note(bool holds, bool is_error, const std::string &clause, const std::string &sentence) {
        if (!holds) {
            m_tile.findings.push_back({is_error, clause, m_place + " " + sentence});
        }
    }

    void read_one_value(std::string_view bytes) {
        m_layer.values.push_back(read_value(bytes, m_place));
        should(m_encoded_values.insert(bytes).second, "4.1", "has a value twice, at " + std::to_string(m_layer.values.size() - 1));
    }

    void check_names() {
        const bool is_new =
            std::none_of(m_tile.layers.begin(), m_tile.layers.end(), [&](const MvtLayer &other) { return other.name == m_layer.name; });
        must(is_new, "4.1", "has the name of an earlier layer");
        const std::set<std::string> distinct(m_layer.keys.begin(), m_layer.keys.end());
        should(distinct.size() == m_layer.keys.size(), "4.1", "has a key twice");
    }

    void read_feature(std::string_view bytes) {
        const std::string place = "feature " + std::to_string(m_layer.features.size());
        MvtFeature feature;
        std::vector<std::uint32_t> commands;
        std::size_t geometries = 0;
        bool has_type = false;
        std::uint32_t type = 0;
        for (auto reader = message(bytes); reader.next();) {
            switch (reader.tag()) {
            case 1:
                require_wire_type(reader, pbf_wire_type::varint, m_place + ", " + place + "'s id");
                feature.id = reader.get_uint64();
                break;
            case 2: feature.tags = read_numbers(reader, m_place + ", " + place + "'s tags"); break;
            case 3:
                type = number_of(reader, m_place + ", " + place + "'s type");
                has_type = true;
                break;
            case 4:
                commands = read_numbers(reader, m_place + ", " + place + "'s geometry");
                ++geometries;
                break;
            default: reader.skip();
            }
        }
        must(has_type && type <= 3, "4.2", place + " has no type of 0 to 3");
        must(geometries == 1 && !commands.empty(), "4.2",
             place + " has " + std::to_string(geometries) + " geometries, expected one that is not empty");
        feature.type = type <= 3 ? static_cast<MvtGeometryType>(type) : MvtGeometryType::unknown;
        should(feature.type != MvtGeometryType::unknown, "4.3.4.1", place + " is of unknown type");
        should(!feature.id || m_ids.insert(*feature.id).second, "4.2", place + " has the id of an earlier one");
        check_tags(feature, place);
        if (geometries == 1 && !commands.empty()) {
            read_mvt_geometry(commands, m_layer.version, m_place + " " + place, feature, m_tile.findings);
        }
        m_layer.features.push_back(std::move(feature));
    }

    void check_tags(const MvtFeature &feature, const std::string &place) {
        must(feature.tags.size() % 2 == 0, "4.4", place + " has " + std::to_string(feature.tags.size()) + " tags, expected pairs");
        std::set<std::uint32_t> keys;
        for (std::size_t tag = 0; tag + 1 < feature.tags.size(); tag += 2) {
            must(feature.tags[tag] < m_layer.keys.size(), "4.4",
                 place + " has key " + std::to_string(feature.tags[tag]) + " of " + std::to_string(m_layer.keys.size()));
            must(feature.tags[tag + 1] < m_layer.values.size(), "4.4",
                 place + " has value " + std::to_string(feature.tags[tag + 1]) + " of " + std::to_string(m_layer.values.size()));
            must(keys.insert(feature.tags[tag]).second, "4.4", place + " has a key twice");
        }
    }

    MvtTile &m_tile;
    MvtLayer m_layer;
    std::string m_place;
    std::unordered_set<std::uint64_t> m_ids;
    std::unordered_set<std::string_view> m_encoded_values;
};

} // namespace

geo::Properties MvtLayer::properties(const MvtFeature &feature) const {
    geo::Properties properties;
    for (std::size_t tag = 0; tag + 1 < feature.tags.size(); tag += 2) {
        assert(feature.tags[tag] < keys.size() && feature.tags[tag + 1] < values.size());
        properties.append(keys[feature.tags[tag]], values[feature.tags[tag + 1]]);
    }
    return properties;
}

bool MvtTile::is_valid() const noexcept {
    return std::none_of(findings.begin(), findings.end(), [](const MvtFinding &finding) { return finding.is_error; });
}

MvtTile read_mvt(std::string_view bytes) {
    MvtTile tile;
    if (bytes.size() > max_tile_bytes) {
        tile.findings.push_back(
            {true, "2", "a tile of " + std::to_string(bytes.size()) + " bytes, at most " + std::to_string(max_tile_bytes) + " are read"});
        return tile;
    }
    try {
        std::size_t number = 0;
        for (auto reader = message(bytes); reader.next();) {
            if (reader.tag() == 3) {
                LayerReader(tile, number++).read(view_of(reader, "a layer"));
            } else {
                reader.skip();
            }
        }
        if (number == 0 && !bytes.empty()) { // no bytes are no tile: what a server answers with 204
            tile.findings.push_back({false, "4.1", "the tile has no layer"});
        }
    } catch (const Unreadable &unreadable) {
        tile.findings.push_back({true, unreadable.clause, unreadable.sentence});
    } catch (const protozero::exception &exception) {
        tile.findings.push_back({true, "2", std::string("the bytes are not a protocol buffer: ") + exception.what()});
    }
    return tile;
}

} // namespace keyaki::tiles
